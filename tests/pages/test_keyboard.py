"""The keys there are stand on a page of their own, which needs no script."""

from tests.pages.builders import an_app
from tests.pages.page_tester import PageTester
from viewer.pages.keyboard import keyboard_routes


def test_every_key_is_on_the_page_in_words() -> None:
    page = PageTester(an_app(*keyboard_routes())).get("/keyboard")

    assert [key.words for key in page.all("kbd")] == ["/", "j", "k", "↓", "↑", "Tab", "Esc", "?"]
    assert "None of them does anything while you type" in page.words
    assert "hidden" in page.one(data_keys="").attributes  # without script there is nothing to switch
