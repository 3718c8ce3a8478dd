"""Read Observations as Results: one finding, its components, and groups of findings however they are nested.

Rule: what cannot be read stands as an Unreadable in its own place, and what hangs below it is shown beside it.
A report shows each Observation under the first group that names it. A single finding is repeated under every
other group that names it too; a group stands once, so that circles end and what is drawn stays bounded.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from connectors import resource as fhir
from connectors.resource import Reference
from viewer.clinical.concept import codes_of, codes_of_all, text_of
from viewer.clinical.labels import codes_in
from viewer.clinical.part import Part, called
from viewer.clinical.problem import Problem
from viewer.clinical.reading import Reading, notes_of
from viewer.clinical.report import Absent, NoValue, Result, Specimen, Status, Unreadable, Value, When
from viewer.clinical.specimen import specimens_named
from viewer.clinical.value import read_ranges, read_value, value_of_unknown_kind

SHOWN_ELSEWHERE = "it is named by too many reports; another one shows it"
DEEPEST = 12  # groups within groups; what lies deeper is shown at this depth, one beside the other

STATUSES = {status.value: status for status in Status}

Read = tuple[Result | Unreadable, ...]  # one finding; several when something of it has to stand beside it


@dataclass(slots=True)
class Tree:
    """The Results of one report as they are gathered, and the Parts that went into them."""

    results: list[Result | Unreadable] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    specimens: dict[str, Specimen | Unreadable] = field(default_factory=dict)
    placed: dict[str, Read] = field(default_factory=dict)


def tree_of(reading: Reading, references: Sequence[Reference], source: Part) -> Tree:
    """Return the tree that a report's `result` names."""
    return _tree(reading, list(_named(reading, references, source)))


def tree_from(reading: Reading, root: Part) -> Tree:
    """Return the tree of an Observation that no report names."""
    return _tree(reading, [root])


def members_of(reading: Reading, part: Part) -> Iterator[Part]:
    """Yield the Observations that a group names and that were sent."""
    if is_group(part):
        yield from (one for one in _members(reading, part) if isinstance(one, Part))


def is_group(part: Part) -> bool:
    """Say whether an Observation names others as its members."""
    return isinstance(part.body, fhir.Observation) and bool(part.body.has_member)


def _tree(reading: Reading, roots: Sequence[Part | Unreadable]) -> Tree:
    """What a group names as well as the report is shown in the group, not a second time beside it."""
    tree = Tree()
    groups = [root for root in roots if isinstance(root, Part) and is_group(root)]
    inner = _below(reading, groups) if groups and len(roots) > 1 else set()
    for root in roots:
        if isinstance(root, Unreadable):
            tree.results.append(root)
        elif root.name not in inner and root.name not in tree.placed:
            tree.results.extend(_read(reading, tree, root, 0))
    for group in groups:  # of a circle: each is below the other
        if group.name not in tree.placed:
            tree.results.extend(_read(reading, tree, group, 0))
    return tree


def _below(reading: Reading, groups: Iterable[Part]) -> set[str]:
    below: set[str] = set()
    waiting = list(groups)
    seen = {group.name for group in waiting}
    while waiting:
        for member in members_of(reading, waiting.pop()):
            below.add(member.name)
            if member.name not in seen and is_group(member):
                seen.add(member.name)
                waiting.append(member)
    return below


def _named(reading: Reading, references: Iterable[Reference], source: Part) -> Iterator[Part | Unreadable]:
    for reference in references:
        found = reading.parts.find(reference, source, "Observation")
        if isinstance(found, Problem):
            name = called(reference).removeprefix("Observation/")
            yield Unreadable(reading.trust, "Observation", name, found.reason, name=reference.display)
        else:
            yield from found


def _members(reading: Reading, group: Part) -> Iterator[Part | Unreadable]:
    if isinstance(group.body, fhir.Observation):
        yield from _named(reading, group.body.has_member, group)


def _read(reading: Reading, tree: Tree, part: Part, depth: int) -> Read:
    if part.name in tree.placed:
        return () if is_group(part) else tree.placed[part.name]
    if reading.has_drawn_enough and part.name in reading.drawn:
        return (reading.unreadable(part, SHOWN_ELSEWHERE, name=_name_of(part)),)
    _take(reading, tree, part)
    if not is_group(part):
        read = _alone(reading, tree, part, ())
    elif depth < DEEPEST:
        members = [
            one
            for member in dict.fromkeys(_members(reading, part))
            for one in ((member,) if isinstance(member, Unreadable) else _read(reading, tree, member, depth + 1))
        ]
        read = _alone(reading, tree, part, tuple(members))
    else:
        read = _side_by_side(reading, tree, part)
    tree.placed[part.name] = read
    return read


def _side_by_side(reading: Reading, tree: Tree, group: Part) -> Read:
    read: list[Result | Unreadable] = list(_alone(reading, tree, group, ()))
    waiting = list(_members(reading, group))[::-1]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Unreadable):
            read.append(one)
        elif one.name not in tree.placed:
            _take(reading, tree, one)
            read.extend(_alone(reading, tree, one, ()))
            waiting.extend(list(_members(reading, one))[::-1])
    return tuple(read)


def _take(reading: Reading, tree: Tree, part: Part) -> None:
    tree.placed[part.name] = ()  # before its members are read: a circle ends here
    tree.parts.append(part)
    reading.draw(part)


def _name_of(part: Part) -> str:
    return text_of(part.body.code) if isinstance(part.body, fhir.Observation) else ""


def _alone(reading: Reading, tree: Tree, part: Part, members: Read) -> Read:
    body = part.body
    if not isinstance(body, fhir.Observation):
        return (reading.unreadable(part, part.problem, codes=codes_in(part.raw)), *members)
    value = _value(part, body)
    if isinstance(value, Problem):
        codes = (*codes_of(body.code), *codes_of_all(body.category))
        return (reading.unreadable(part, value.reason, name=text_of(body.code), codes=codes), *members)
    return (_result(reading, tree, part, body, value=value, members=members),)


def _value(part: Part, body: fhir.Observation) -> Value | Problem:
    if body.modifier_extension:
        return Problem("it carries a modifierExtension that is not known here")
    value = read_value(body, holds_others=bool(body.has_member or body.component))
    if isinstance(value, NoValue) or value == Absent(""):
        unknown = value_of_unknown_kind(part.raw)
        if unknown:
            return Problem(f"its value is of a kind that is not known here ({unknown})")
    return value


def _result(reading: Reading, tree: Tree, part: Part, body: fhir.Observation, *, value: Value, members: Read) -> Result:
    ranges, broken = read_ranges(body.reference_range) if body.reference_range else ((), ())
    specimen, taken, own = _taken(reading, tree, part, body)
    trouble = [("referenceRange", one) for one in broken]
    if isinstance(taken, Problem):
        trouble.append(("effective", taken))
    name, codes = reading.concept(body.code)
    if body.component or trouble:
        members = (
            *_components(reading, part, body),
            *members,
            *(reading.unreadable(part, one.reason, field=field, name=name) for field, one in trouble),
        )
    return Result(
        part.name,
        name,
        value,
        STATUSES.get(body.status, Status.UNKNOWN),
        body.status,
        codes,
        reading.flags(body.interpretation) if body.interpretation else (),
        ranges,
        _notes(body, value),
        None if isinstance(taken, Problem) else taken,
        text_of(body.method),
        text_of(body.body_site),
        specimen,
        members,
        own,
    )


def _notes(body: fhir.Observation, value: Value) -> tuple[str, ...]:
    notes = notes_of(body.note) if body.note else ()
    if body.comment:
        notes = (*notes, body.comment)
    if body.data_absent_reason is None or isinstance(value, Absent):
        return notes
    return (*notes, text_of(body.data_absent_reason))


def _taken(
    reading: Reading, tree: Tree, part: Part, body: fhir.Observation
) -> tuple[str, When | Problem | None, When | None]:
    """Return the id of the specimen, when the finding speaks of (the specimen's time, or else its own), and its own.

    Its own time is kept where it differs: three glucoses under one specimen were taken at three times.
    """
    effective = reading.either(body.effective_date_time or body.effective_instant, body.effective_period)
    if body.specimen is None:
        return "", effective, None
    taken_from = specimens_named(reading, body.specimen, part)
    for one in taken_from:
        tree.specimens.setdefault(one.id, one)
    specimens = [one for one in taken_from if isinstance(one, Specimen)]
    collected = next((one.collected for one in specimens if one.collected), None)
    specimen = specimens[0].id if specimens else ""
    if isinstance(effective, Problem) or collected is None:
        return specimen, effective, None
    return specimen, collected, effective if effective and _differs(effective, collected) else None


def _differs(effective: When, collected: When) -> bool:
    """A day alone says nothing against a time on that day."""
    return effective.instant != collected.instant and not collected.as_sent.startswith(effective.as_sent)


def _components(reading: Reading, part: Part, body: fhir.Observation) -> Iterator[Result | Unreadable]:
    for number, component in enumerate(body.component, start=1):
        yield from _component(reading, part, body, component, number)


def _component(
    reading: Reading, part: Part, body: fhir.Observation, component: fhir.Component, number: int
) -> Iterator[Result | Unreadable]:
    field = f"component-{number}"
    name, codes = reading.concept(component.code)
    value = _component_value(part, component, number)
    if isinstance(value, Problem):
        yield reading.unreadable(part, value.reason, field=field, name=name, codes=codes)
        return
    ranges, broken = read_ranges(component.reference_range)
    notes: tuple[str, ...] = ()
    if component.data_absent_reason is not None and not isinstance(value, Absent):
        notes = (text_of(component.data_absent_reason),)
    below = tuple(reading.unreadable(part, one.reason, field=f"{field}-range", name=name) for one in broken)
    yield Result(
        f"{part.name}#{field}",
        name,
        value,
        STATUSES.get(body.status, Status.UNKNOWN),
        body.status,
        codes,
        reading.flags(component.interpretation),
        ranges,
        notes,
        members=below,
    )


def _component_value(part: Part, component: fhir.Component, number: int) -> Value | Problem:
    value = read_value(component, holds_others=False)
    if value == Absent(""):
        unknown = value_of_unknown_kind(part.raw, number - 1)
        if unknown:
            return Problem(f"its value is of a kind that is not known here ({unknown})")
    return value
