"""FHIR R4 search, as much of it as results need: which resources match, and which come along with them.

Source: HL7 FHIR R4 §3.1.1. A parameter we do not know is refused when the client asked for strict handling,
and passed over otherwise, as §3.1.1.0.1 allows.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from sandbox.exact import Json
from sandbox.shelf import Kept, Shelf

MOST_ON_A_PAGE = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """One search, read."""

    kind: str
    filters: tuple[tuple[str, str], ...] = ()
    includes: frozenset[str] = frozenset()  # "DiagnosticReport:result"
    iterates: frozenset[str] = frozenset()
    count: int = 0  # 0: as many as the server likes
    sort: tuple[str, ...] = ()
    everybody: bool = False  # a fault: the patient parameter is ignored


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """Why a search is refused."""

    reason: str


Test = Callable[[Json, str], bool]


def read_search(kind: str, pairs: Iterable[tuple[str, str]], *, strict: bool) -> Asked | NotUnderstood:
    """Return the search these parameters ask for, or why it cannot be one."""
    filters: list[tuple[str, str]] = []
    includes: set[str] = set()
    iterates: set[str] = set()
    sort: tuple[str, ...] = ()
    count = 0
    for name, value in pairs:
        match name:
            case "_include":
                includes.add(_include(value))
            case "_include:iterate" | "_include:recurse":
                iterates.add(_include(value))
            case "_count":
                if not value.isdigit():
                    return NotUnderstood(f"_count is not a number: {value}")
                count = min(int(value), MOST_ON_A_PAGE)
            case "_sort":
                sort = tuple(value.split(","))
            case "_format":
                pass
            case _ if name in TESTS[kind]:
                filters.append((name, value))
            case _ if strict:
                return NotUnderstood(f"{kind} has no search parameter {name}")
    return Asked(kind, tuple(filters), frozenset(includes), frozenset(iterates), count, tuple(sort))


def find(shelf: Shelf, asked: Asked) -> list[Kept]:
    """Return the matches, in the order asked for."""
    tests = [(TESTS[asked.kind][name], value) for name, value in asked.filters if not _is_patient(asked, name)]
    matches = [kept for kept in _candidates(shelf, asked) if all(test(kept.body, value) for test, value in tests)]
    for key in reversed(asked.sort):
        _sort(matches, key)
    return matches


def along_with(shelf: Shelf, asked: Asked, matches: Sequence[Kept]) -> list[Kept]:
    """Return what the includes bring: those of the matches, and with :iterate those of what came."""
    seen = {kept.name for kept in matches}
    came: list[Kept] = []
    fresh = list(matches)
    wanted = asked.includes | asked.iterates
    while fresh and wanted:
        found = []
        for kept in fresh:
            for name in _references(kept, wanted):
                other = shelf.get(*name.split("/", 1)) if name not in seen and name.count("/") == 1 else None
                if other is not None:
                    seen.add(name)
                    found.append(other)
        came += found
        fresh, wanted = found, asked.iterates
    return came


def _include(value: str) -> str:
    kind, _, rest = value.partition(":")
    return f"{kind}:{rest.partition(':')[0]}"


def _is_patient(asked: Asked, name: str) -> bool:
    return name in ("patient", "subject") and asked.kind != "Patient"


def _candidates(shelf: Shelf, asked: Asked) -> Iterator[Kept]:
    """Yield what the patient parameter leaves. Without one, nothing: this server will not give everybody's."""
    if asked.kind == "Patient":
        yield from shelf.patients()
    elif asked.kind == "Encounter" and not asked.everybody and _is_of_a_department(asked):
        yield from shelf.visits()
    elif asked.everybody:
        yield from shelf.of_everybody(asked.kind)
    else:
        for name, value in asked.filters:
            if _is_patient(asked, name):
                for one in value.split(","):
                    yield from shelf.of_patient(one.removeprefix("Patient/"), asked.kind)


def _is_of_a_department(asked: Asked) -> bool:
    """Say whether it is asked who is there: by status and class, of no patient."""
    return {"status", "class"} <= {name for name, _ in asked.filters} and not any(
        _is_patient(asked, name) for name, _ in asked.filters
    )


def _sort(matches: list[Kept], key: str) -> None:
    name, descending = key.removeprefix("-"), key.startswith("-")
    matches.sort(key=SORTS.get(name, SORTS["_id"]), reverse=descending)


def _references(kept: Kept, wanted: frozenset[str]) -> Iterator[str]:
    for element in (INCLUDES[include] for include in sorted(wanted) if include in INCLUDES):
        kind, name = element
        if kind == kept.kind:
            value = kept.body.get(name, ())
            for reference in value if isinstance(value, list) else [value] if value else ():
                yield reference.get("reference", "")


def _token(value: str, codings: Iterable[tuple[str, str]]) -> bool:
    """FHIR token search: `code`, `system|code`, `|code`, and commas for or."""
    wanted = [one.rpartition("|") for one in value.split(",")]
    return any(
        code == want and (not bar or system == want_system)
        for system, code in codings
        for want_system, bar, want in wanted
    )


def _codings(concepts: Iterable[Json]) -> Iterator[tuple[str, str]]:
    for concept in concepts:
        for coding in concept.get("coding", ()):
            yield coding.get("system", ""), coding.get("code", "")


def _identifiers(body: Json) -> Iterator[tuple[str, str]]:
    for identifier in body.get("identifier", ()):
        yield identifier.get("system", ""), identifier.get("value", "")


def _begins(texts: Iterable[str], value: str) -> bool:
    value = re.sub(r"\\(.)", r"\1", value)  # R4 §3.1.1.4.0.1: escaped with a backslash
    return any(text.casefold().startswith(value.casefold()) for text in texts)


def _names(body: Json, part: str) -> Iterator[str]:
    for name in body.get("name", ()):
        value = name.get(part, ())
        yield from [value] if isinstance(value, str) else value


def _postcode(body: Json, value: str) -> bool:
    plain = value.replace(" ", "").casefold()
    return any(a.get("postalCode", "").replace(" ", "").casefold().startswith(plain) for a in body.get("address", ()))


def _date(body: Json) -> str:
    period = body.get("effectivePeriod", {})
    return str(body.get("effectiveDateTime") or period.get("start") or body.get("started") or "")


_ANY: dict[str, Test] = {
    "_id": lambda body, value: body["id"] in value.split(","),
    "identifier": lambda body, value: _token(value, _identifiers(body)),
}
_OF_A_PATIENT: dict[str, Test] = {"patient": lambda *_: True, "subject": lambda *_: True}
_WITH_CATEGORY: dict[str, Test] = {
    "category": lambda body, value: _token(value, _codings(body.get("category", ()))),
    "status": lambda body, value: body.get("status", "") in value.split(","),
    "code": lambda body, value: _token(value, _codings([body.get("code", {})])),
}

TESTS: dict[str, dict[str, Test]] = {
    "Patient": _ANY
    | {
        "family": lambda body, value: _begins(_names(body, "family"), value),
        "given": lambda body, value: _begins(_names(body, "given"), value),
        "birthdate": lambda body, value: body.get("birthDate", "") == value.removeprefix("eq"),
        "gender": lambda body, value: body.get("gender", "") in value.split(","),
        "address-postalcode": _postcode,
    },
    "DiagnosticReport": _ANY | _OF_A_PATIENT | _WITH_CATEGORY,
    "Observation": _ANY | _OF_A_PATIENT | _WITH_CATEGORY,
    "ImagingStudy": _ANY | _OF_A_PATIENT | {"status": _WITH_CATEGORY["status"]},
    "Specimen": _ANY | _OF_A_PATIENT,
    "ServiceRequest": _ANY | _OF_A_PATIENT | {"status": _WITH_CATEGORY["status"]},
    "Encounter": _ANY
    | _OF_A_PATIENT
    | {
        "status": _WITH_CATEGORY["status"],
        "class": lambda body, value: _token(value, [(body["class"]["system"], body["class"]["code"])]),
    },
}

SORTS: dict[str, Callable[[Kept], str]] = {
    "_id": lambda kept: kept.id,
    "date": lambda kept: _date(kept.body),
    "started": lambda kept: _date(kept.body),
    "issued": lambda kept: str(kept.body.get("issued", "")),
    "_lastUpdated": lambda kept: str(kept.body.get("meta", {}).get("lastUpdated", "")),
}

INCLUDES: dict[str, tuple[str, str]] = {
    f"{kind}:{parameter}": (kind, element)
    for kind, parameter, element in (
        ("DiagnosticReport", "subject", "subject"),
        ("DiagnosticReport", "patient", "subject"),
        ("DiagnosticReport", "result", "result"),
        ("DiagnosticReport", "specimen", "specimen"),
        ("DiagnosticReport", "based-on", "basedOn"),
        ("DiagnosticReport", "performer", "performer"),
        ("Observation", "subject", "subject"),
        ("Observation", "patient", "subject"),
        ("Observation", "has-member", "hasMember"),
        ("Observation", "derived-from", "derivedFrom"),
        ("Observation", "specimen", "specimen"),
        ("Observation", "based-on", "basedOn"),
        ("Observation", "performer", "performer"),
        ("ImagingStudy", "subject", "subject"),
        ("ImagingStudy", "patient", "subject"),
        ("ImagingStudy", "basedon", "basedOn"),
        ("Specimen", "subject", "subject"),
        ("Encounter", "patient", "subject"),
        ("Encounter", "subject", "subject"),
        ("ServiceRequest", "requester", "requester"),
    )
}
