"""Read a cumulative table as a person does: its columns, its lines, and what stands in them. It knows HTML alone."""

import re
from collections.abc import Iterator

from tests.reading import Element


def columns(root: Element) -> list[Element]:
    return root.one("thead").all("th")[1:]


def lines(root: Element) -> Iterator[tuple[str, list[Element]]]:
    """Each line of the table: its heading, and its cells."""
    for line in root.one("table", "cumulative").all("tr"):
        headings = line.all("th", scope="row")
        if headings:
            yield headings[0].said, line.all("td")


def filled(root: Element) -> list[tuple[int, Element]]:
    """Each thing that stands in the table, with the place of its column."""
    found: list[tuple[int, Element]] = []
    for heading, cells in lines(root):
        if heading.startswith("Not given"):
            found += [(place, one) for place, cell in enumerate(cells) for one in cell.all("p")]
        else:
            found += [(place, cell) for place, cell in enumerate(cells) if cell.said != "–"]
    return found


def line_of(root: Element, name: str) -> list[Element]:
    (found,) = [cells for heading, cells in lines(root) if heading.startswith(name)]
    return found


def number_in(cell: Element) -> str:
    """The number that a cell holds, with its comparator; "" of one that holds words or nothing."""
    said = next((one.text for one in cell.all("b")), "")
    return said if re.fullmatch(r"(?:[<>]=?)?-?\d[\d.eE+-]*", said) else ""
