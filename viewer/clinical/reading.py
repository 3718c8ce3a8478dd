"""What is shared while one trust's resources are read: the trust, its Parts, and what was read once already."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from connectors.answer import Trust
from connectors.resource import Annotation, CodeableConcept, Organization, Period, Practitioner, Reference
from viewer.clinical.concept import codes_of, text_of, what_it_names
from viewer.clinical.flag import flags_of
from viewer.clinical.part import Part, Parts
from viewer.clinical.problem import Problem
from viewer.clinical.report import Code, SentFlag, Specimen, Unreadable, When
from viewer.clinical.when import read_period, read_when

MOST_TIMES, SOME = 8, 2_000  # each resource may be shown about so often, and a small answer as often as it likes


@dataclass(slots=True)
class Reading:
    """One trust's resources while they are read. Nothing in it outlives one call of `normalise`."""

    trust: Trust
    parts: Parts
    specimens: dict[str, tuple[Specimen | Unreadable, ...]] = field(default_factory=dict)  # by the Part's name
    drawn: set[str] = field(default_factory=set)  # names of the Observations that some report shows
    _times_drawn: int = 0
    _times: dict[str, When | Problem] = field(default_factory=dict)
    _concepts: dict[CodeableConcept, tuple[str, tuple[Code, ...]]] = field(default_factory=dict)
    _flags: dict[tuple[CodeableConcept, ...], tuple[SentFlag, ...]] = field(default_factory=dict)

    def draw(self, part: Part) -> None:
        """Note that one more report shows this Observation."""
        self.drawn.add(part.name)
        self._times_drawn += 1

    @property
    def has_drawn_enough(self) -> bool:
        """Say whether so much was shown so often that only what was never shown is still drawn.

        A few thousand reports that all name one group of a few thousand results would fill the memory.
        """
        return self._times_drawn > MOST_TIMES * len(self.parts.all) + SOME

    def time(self, sent: str) -> When | Problem:
        """Return the time a text means; many results of a report carry the same one."""
        read = self._times.get(sent)
        if read is None:
            read = self._times[sent] = read_when(sent)
        return read

    def concept(self, sent: CodeableConcept | None) -> tuple[str, tuple[Code, ...]]:
        """Return what a concept is called, and its codes; a laboratory names few things many times."""
        if sent is None:
            return "", ()
        read = self._concepts.get(sent)
        if read is None:
            read = self._concepts[sent] = (text_of(sent), codes_of(sent))
        return read

    def flags(self, sent: tuple[CodeableConcept, ...]) -> tuple[SentFlag, ...]:
        """Return the flags of an interpretation."""
        read = self._flags.get(sent)
        if read is None:
            read = self._flags[sent] = flags_of(sent)
        return read

    def either(self, sent: str, period: Period | None) -> When | Problem | None:
        """Return a dateTime or a Period, whichever was sent; None when neither was."""
        if sent:
            return self.time(sent)
        if period is not None and (period.start or period.end):
            return read_period(period)
        return None

    def unreadable(
        self, part: Part, problem: str, *, field: str = "", name: str = "", codes: tuple[Code, ...] = ()
    ) -> Unreadable:
        """Return that a Part, or one field of it, could not be read."""
        id_ = f"{part.id}#{field}" if field else part.id
        return Unreadable(self.trust, part.kind, id_, problem, codes, name)

    def who(self, references: Iterable[Reference], source: Part) -> tuple[str, ...]:
        """Return the names of people and organisations, in the words of the reference or else of what it names."""
        return tuple(dict.fromkeys(name for one in references if (name := self._name(one, source))))

    def _name(self, reference: Reference, source: Part) -> str:
        if reference.display:
            return reference.display
        for kind in ("Organization", "Practitioner"):
            found = self.parts.find(reference, source, kind)
            if not isinstance(found, Problem):
                return _own_name(found[0])
        return what_it_names(reference)


def _own_name(part: Part) -> str:
    match part.body:
        case Organization(name=name):
            return name
        case Practitioner(name=(first, *_)):
            return first.text or " ".join([*first.prefix, *first.given, first.family, *first.suffix]).strip()
        case _:
            return ""


def notes_of(annotations: Iterable[Annotation]) -> tuple[str, ...]:
    """Return the comments, whole, in the order sent."""
    return tuple([one.text for one in annotations if one.text])
