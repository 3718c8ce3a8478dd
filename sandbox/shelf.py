"""What one trust holds: patients, and each patient's resources, made when first asked for.

Rule: a resource is turned into bytes once. A search picks bytes, it never writes them.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from sandbox.exact import Json, write_json


@dataclass(frozen=True, slots=True)
class Kept:
    """One resource on the shelf, as it is and as it is sent."""

    kind: str
    id: str
    body: Json = field(repr=False)
    raw: bytes = field(repr=False)

    @property
    def name(self) -> str:
        """Return what references call it: "Observation/12"."""
        return f"{self.kind}/{self.id}"

    @property
    def version(self) -> str:
        version: str = self.body.get("meta", {}).get("versionId", "1")
        return version


@dataclass(frozen=True, slots=True)
class PatientFile:
    """A patient as one trust knows them, and how to make what it holds about them."""

    patient: Json
    fill: Callable[[], Iterable[Json]] = field(default=tuple, repr=False)
    bulky: bool = False  # left out when a server sends everybody's
    visits: Callable[[], Iterable[Json]] = field(default=tuple, repr=False)  # a part of what `fill` makes


class Shelf:
    """The resources of one trust. A patient's own are made on the first search for them, and stay."""

    def __init__(self, files: Iterable[PatientFile]) -> None:
        self._files = {file.patient["id"]: file for file in files}
        self._patients = {id_: keep(file.patient) for id_, file in self._files.items()}
        self._filled: dict[str, tuple[Kept, ...]] = {}
        self._by_name: dict[str, Kept] = {patient.name: patient for patient in self._patients.values()}
        self._earlier: dict[str, Kept] = {}

    def patients(self) -> tuple[Kept, ...]:
        return tuple(self._patients.values())

    def of_patient(self, patient_id: str, kind: str) -> tuple[Kept, ...]:
        """Return the patient's resources of a kind, newest versions only."""
        return tuple(kept for kept in self._fill(patient_id) if kept.kind == kind)

    def visits(self) -> tuple[Kept, ...]:
        """Return everybody's encounters, without making anything else of theirs."""
        return tuple(keep(visit) for file in self._files.values() for visit in file.visits())

    def of_everybody(self, kind: str) -> tuple[Kept, ...]:
        """Return every patient's resources of a kind, except those of the very large patients."""
        ordinary = (id_ for id_, file in self._files.items() if not file.bulky)
        return tuple(kept for id_ in ordinary for kept in self.of_patient(id_, kind))

    def get(self, kind: str, id_: str) -> Kept | None:
        """Return a resource by its id, making its patient's if need be."""
        name = f"{kind}/{id_}"
        if name not in self._by_name:
            for patient_id in self._owners(id_):
                self._fill(patient_id)
        return self._by_name.get(name)

    def get_version(self, kind: str, id_: str, version: str) -> Kept | None:
        """Return one version of a resource, the current one or an earlier."""
        current = self.get(kind, id_)
        if current is not None and current.version == version:
            return current
        return self._earlier.get(f"{kind}/{id_}/{version}")

    def _owners(self, id_: str) -> Iterator[str]:
        """Yield the patients whose resource this may be: its id begins with theirs, or nobody knows."""
        named = id_.partition("-")[0]
        if named in self._files:
            yield named
        else:
            yield from (patient_id for patient_id, file in self._files.items() if not file.bulky)

    def _fill(self, patient_id: str) -> tuple[Kept, ...]:
        if patient_id not in self._filled:
            file = self._files.get(patient_id)
            self._filled[patient_id] = self._put(file.fill()) if file else ()
        return self._filled[patient_id]

    def _put(self, resources: Iterable[Json]) -> tuple[Kept, ...]:
        newest: dict[str, Kept] = {}
        for kept in sorted(map(keep, resources), key=lambda kept: int(kept.version)):
            if kept.name in newest:
                earlier = newest.pop(kept.name)
                self._earlier[f"{earlier.name}/{earlier.version}"] = earlier
            newest[kept.name] = kept
        self._by_name.update(newest)
        return tuple(newest.values())


def keep(body: Json) -> Kept:
    """Return a resource ready to be searched and sent."""
    return Kept(body["resourceType"], body["id"], body, write_json(body))
