"""What came twice is taken once; what differs in one byte came once each."""

from connectors.gathering import once_each
from tests.builders import a_laboratory_report, received

FIRST = received(a_laboratory_report("7", meta={"versionId": "1"}))


def test_the_same_bytes_twice_are_taken_once() -> None:
    assert once_each([FIRST, FIRST]) == [FIRST]


def test_two_contents_under_one_id_and_one_version_are_both_kept() -> None:
    other = received(a_laboratory_report("7", meta={"versionId": "1"}, conclusion="Gram-positive cocci seen"))

    assert once_each([FIRST, other, FIRST]) == [FIRST, other]


def test_what_came_without_an_id_is_never_taken_for_a_repeat() -> None:
    nameless = received(a_laboratory_report(""))

    assert once_each([nameless, nameless]) == [nameless, nameless]
