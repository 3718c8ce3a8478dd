"""What everybody needs of a page: axe finds nothing, nothing scrolls sideways, and it has one heading of its own."""

from playwright.sync_api import Page

from tests.axe import found_by_axe


def as_everybody_can_use_it(page: Page) -> None:
    """Hold a page against WCAG 2.2 A and AA as far as axe can, and against the width of its window."""
    assert found_by_axe(page) == [], page.url
    width, window = page.evaluate("() => [document.documentElement.scrollWidth, innerWidth]")
    assert width <= window, f"{page.url} is {width} px wide in a window of {window}"
    assert page.locator("h1").count() == 1
