"""Read cultures: which reports are microbiology, and which findings say what an organism is susceptible to.

Rule: only structure and the laboratory's own flags decide. A finding is a susceptibility when it was flagged S, I or R
and stands in a group; the group is the isolate, unless it was flagged so itself: then it is an antibiotic, whatever was
measured in it. Nothing is taken from a name, and what does not fit stays where it was sent: every finding is in the
table or in the rest, and never in both.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from viewer.clinical.report import Code, Flag, NoValue, Report, Result, Unreadable, Words

Findings = tuple[Result | Unreadable, ...]

_SECTIONS = frozenset({"MB", "MCB", "MYC", "PAR", "VR"})  # of HL7 v2 table 0074
_WORDS = frozenset({"MICROBIOLOGY", "MYCOBACTERIOLOGY", "MYCOLOGY", "PARASITOLOGY", "VIROLOGY"})
_SUSCEPTIBILITY = frozenset({Flag.SUSCEPTIBLE, Flag.INTERMEDIATE, Flag.RESISTANT})


@dataclass(frozen=True, slots=True)
class Isolate:
    """One group of susceptibilities, each with its members. `within` are the groups around it, outermost first.

    `listed` says that the group stands in the rest too, because it holds more than susceptibilities; otherwise this
    is where it stands, and `group` is it without its members. `others` is what else it holds: any of it may be said of
    an antibiotic, in another way.
    """

    group: Result
    within: tuple[Result, ...]
    susceptibilities: tuple[Result, ...]
    listed: bool
    others: Findings = ()

    @property
    def groups(self) -> tuple[Result, ...]:
        """Return all that it stands in, outermost first, and last its own group."""
        return (*self.within, self.group)


@dataclass(frozen=True, slots=True)
class Antibiotic:
    """One line of the table: the findings of one name and code, a tuple for each isolate, in their order."""

    name: str
    by_isolate: tuple[tuple[Result, ...], ...]


@dataclass(frozen=True, slots=True)
class Cultures:
    """A report's findings: those that are a table of isolates and antibiotics, and the rest as they were sent."""

    rest: Findings
    isolates: tuple[Isolate, ...] = ()

    @property
    def antibiotics(self) -> tuple[Antibiotic, ...]:
        """Return the lines of the table in the order in which they were first sent."""
        keys = dict.fromkeys(_key(one) for isolate in self.isolates for one in isolate.susceptibilities)
        return tuple(Antibiotic(key[0], tuple(_of(isolate, key) for isolate in self.isolates)) for key in keys)


def is_microbiology(report: Report) -> bool:
    """Say whether its trust files a report under microbiology or virology, or sent susceptibilities in it."""
    return any(map(_is_a_section, report.categories)) or has_susceptibilities(report.results)


def read_cultures(results: Findings) -> Cultures:
    """Return a report's findings with the susceptibilities taken out of their groups."""
    if not has_susceptibilities(results):
        return Cultures(results)
    isolates: list[Isolate] = []
    return Cultures(tuple(_rest(results, (), isolates)), tuple(isolates))


def has_susceptibilities(results: Iterable[Result | Unreadable]) -> bool:
    """Say whether anything here was flagged S, I or R, however deep it stands."""
    for one in results:  # a timeline asks this of every result
        if isinstance(one, Result) and (
            (one.flags and letters_of(one)) or (one.members and has_susceptibilities(one.members))
        ):
            return True
    return False


def letters_of(result: Result) -> frozenset[Flag]:
    """Return which of S, I and R a finding was flagged with."""
    return _SUSCEPTIBILITY.intersection(sent.flag for sent in result.flags)


def _is_a_section(category: Code) -> bool:
    code = category.code.upper()
    return code in _SECTIONS or not _WORDS.isdisjoint((code, category.display.upper()))


def _is_susceptibility(one: Result | Unreadable) -> bool:
    return isinstance(one, Result) and bool(letters_of(one))


def _rest(results: Findings, within: tuple[Result, ...], isolates: list[Isolate]) -> Iterator[Result | Unreadable]:
    """Yield what does not go into the table; an isolate goes there with what was flagged in it."""
    for one in results:
        if isinstance(one, Result) and not letters_of(one) and has_susceptibilities(one.members):
            yield from _rest_of_group(one, within, isolates)
        else:
            yield one


def _rest_of_group(group: Result, within: tuple[Result, ...], isolates: list[Isolate]) -> Iterator[Result]:
    taken = tuple(one for one in group.members if isinstance(one, Result) and _is_susceptibility(one))
    others = tuple(one for one in group.members if not _is_susceptibility(one))
    place = len(isolates)
    kept = tuple(_rest(others, (*within, group), isolates))
    listed = bool(kept) or not (taken and isinstance(group.value, NoValue | Words))
    if taken:
        isolates.insert(place, Isolate(replace(group, members=()), within, taken, listed, others))
    if listed:
        yield replace(group, members=kept)


_Key = tuple[str, frozenset[tuple[str, str]]]


def _key(result: Result) -> _Key:
    return result.name, frozenset((code.system, code.code) for code in result.codes)


def _of(isolate: Isolate, key: _Key) -> tuple[Result, ...]:
    return tuple(one for one in isolate.susceptibilities if _key(one) == key)
