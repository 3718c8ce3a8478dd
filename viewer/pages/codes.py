"""What the laboratories' codes mean: who signed each map, and which codes that were seen nobody has explained.

Rule: nothing of any patient, and no value. Everybody in a role may read it, so that a count that could be of one
person is not said as a number, nor by a day, nor by its place among the others.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from flask import abort
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from viewer.clinical.analyte import Analyte, Catalogue, CodeMap, Group, Meaning
from viewer.configuration.code_map_file import CodeMapFile, explained_together
from viewer.pages import codes_words
from viewer.pages.page import page
from viewer.pages.route import Asking, Route, Who
from viewer.unmapped import Count


@dataclass(frozen=True, slots=True)
class Explained:
    """One trust: its map, and what was seen of it that the map does not explain.

    `without_numbers` are those under which no number came: words, groups and whole reports. Few of them need a map.
    """

    file: CodeMapFile
    unmapped: tuple[Count, ...]
    without_numbers: tuple[Count, ...]


@dataclass(frozen=True, slots=True)
class Mapped:
    """One code of a map, and what it means."""

    system: str
    code: str
    meaning: Meaning


def codes_routes(
    catalogue: Catalogue, files: Sequence[CodeMapFile], seen: Callable[[], Sequence[Count]]
) -> tuple[Route, ...]:
    """Return the page, and one of each trust's map in full; `seen` reads what has been counted."""
    return (
        Route("/codes", "codes", Who.ANY_ROLE, _show(catalogue, files, seen)),
        Route("/codes/<trust>", "codes_of_trust", Who.ANY_ROLE, _in_full(catalogue, files)),
    )


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
            trusts=[_explained(file, counts or ()) for file in files],
            counted=counts is not None,
            codes_words=codes_words,
        )

    return show


def _in_full(catalogue: Catalogue, files: Sequence[CodeMapFile]) -> Callable[..., ResponseReturnValue]:
    by_trust = {file.trust.name: file for file in files}

    def show(asking: Asking, trust: str) -> ResponseReturnValue:
        file = by_trust.get(trust) or abort(404)
        groups = list(_by_group(file.written, catalogue))
        return page("codes_trust.html", asking, file=file, groups=groups, catalogue=catalogue, codes_words=codes_words)

    return show


def _by_group(written: CodeMap, catalogue: Catalogue) -> Iterator[tuple[Group, list[tuple[Analyte, list[Mapped]]]]]:
    """Yield each group of the catalogue of which the map speaks, with its analytes and their codes, in its order."""
    codes: dict[str, list[Mapped]] = {}
    for (system, code), meaning in written.codes.items():
        codes.setdefault(meaning.analyte, []).append(Mapped(system, code, meaning))
    for group in catalogue.groups:
        analytes = (one for one in catalogue.analytes.values() if one.group == group.key)
        if rows := [(analyte, codes[analyte.key]) for analyte in analytes if analyte.key in codes]:
            yield group, rows


def _read(seen: Callable[[], Sequence[Count]]) -> Sequence[Count] | None:
    """Return the counts; None when they cannot be read: the maps can be said without them."""
    try:
        return seen()
    except SQLAlchemyError:
        return None


def _explained(file: CodeMapFile, counts: Sequence[Count]) -> Explained:
    own = [one for one in counts if one.trust == file.trust.name]
    numbers, rest = ([one for one in own if one.in_words is in_words] for in_words in (False, True))
    return Explained(file, _in_order(numbers), _in_order(rest))


def _in_order(own: Sequence[Count]) -> tuple[Count, ...]:
    """Return a trust's, the most frequent first; small ones stand by their codes."""
    often = [one for one in own if not codes_words.is_small(one)]
    seldom = [one for one in own if codes_words.is_small(one)]
    return (*often, *sorted(seldom, key=lambda one: (one.system, one.code)))
