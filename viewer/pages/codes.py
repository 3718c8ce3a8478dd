"""What the laboratories' codes mean: who signed each map, and which codes that were seen nobody has explained.

Rule: nothing of any patient, and no value. Everybody in a role may read it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from viewer.clinical.analyte import Catalogue
from viewer.code_lines import explained_together
from viewer.code_map_file import CodeMapFile
from viewer.pages import codes_words
from viewer.pages.page import page
from viewer.pages.route import Asking, Route, Who
from viewer.unmapped import Count


@dataclass(frozen=True, slots=True)
class Explained:
    """One trust: its map, and what was seen of it that the map does not explain."""

    file: CodeMapFile
    unmapped: tuple[Count, ...]


def codes_routes(
    catalogue: Catalogue, files: Sequence[CodeMapFile], seen: Callable[[], Sequence[Count]]
) -> tuple[Route, ...]:
    """Return the page; `seen` reads what has been counted."""
    return (Route("/codes", "codes", Who.ANY_ROLE, _show(catalogue, files, seen)),)


def _show(
    catalogue: Catalogue, files: Sequence[CodeMapFile], seen: Callable[[], Sequence[Count]]
) -> Callable[[Asking], ResponseReturnValue]:
    def show(asking: Asking) -> ResponseReturnValue:
        counts = _read(seen)
        return page(
            "codes.html",
            asking,
            catalogue=catalogue,
            together=explained_together(files),
            trusts=[Explained(file, _of(file, counts or ())) for file in files],
            counted=counts is not None,
            codes_words=codes_words,
        )

    return show


def _read(seen: Callable[[], Sequence[Count]]) -> Sequence[Count] | None:
    """Return the counts; None when they cannot be read: the maps can be said without them."""
    try:
        return seen()
    except SQLAlchemyError:
        return None


def _of(file: CodeMapFile, counts: Sequence[Count]) -> tuple[Count, ...]:
    return tuple(one for one in counts if one.trust == file.trust.name)
