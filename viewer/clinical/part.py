"""Name each resource a trust sent, and find the one a reference means.

Rule: a Part is one distinct resource, and its name is its own: "Observation/12". Sent twice it is one Part;
two contents under one id are two Parts, and their order of arrival decides nothing. What came without an id is named
by its content, so that no two such are ever taken for versions of one.

How a reference is followed (FHIR R4 §2.3.0.3, §3.1.3): "#id" within its own resource; then the full URL of an entry,
exactly; then "Kind/id"; then, for a logical reference, the one resource of that kind that carries its identifier.
An address at another server is never taken for a resource of this one.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from connectors.answer import Received
from connectors.read_resource import read_resource
from connectors.resource import Identifier, Reference, Resource
from viewer.clinical.problem import Problem
from viewer.clinical.version import oldest_first

NOT_SENT = Problem("it is named but was not sent")


class Part(msgspec.Struct, frozen=True, eq=False):
    """One distinct resource. `problem` is set, and `body` None, when it could not be read."""

    name: str  # "Observation/12"; "Observation/12@3.5f0c1a9e77d2" when two contents came under one id
    base: str  # "Observation/12", whatever else came under it
    kind: str
    body: Resource | None
    problem: str
    version: str
    raw: bytes
    full_url: str = ""
    within: "Part | None" = None  # the Part that contains it
    older: tuple[str, ...] = ()  # names of the versions it replaces

    def __repr__(self) -> str:
        return f"Part({self.name})"

    @property
    def id(self) -> str:
        """Return its name without its kind: "12"."""
        return self.name.partition("/")[2]


@dataclass(slots=True)
class Parts:
    """What one trust sent, by every name a reference may use."""

    all: dict[str, Part]  # every version, in the order of their names
    current: dict[str, tuple[Part, ...]]  # "Observation/12" → its newest version; several when none is provably newest
    _by_url: dict[str, str]
    _by_identifier: dict[tuple[str, str, str], set[str]] | None = None
    _contained: dict[str, dict[str, Part]] = field(default_factory=dict)

    def find(self, reference: Reference, source: Part, kind: str) -> tuple[Part, ...] | Problem:
        """Return the Part a reference in `source` means, or why there is none of this kind."""
        address = reference.reference
        found = self.current.get(address) or self._follow(address, source) or self._by_logic(reference, kind)
        if not found:
            return NOT_SENT if names_something(reference) else Problem("nothing is named")
        if found[0].kind != kind:
            return Problem(f"a {found[0].kind} is named where a {kind} belongs")
        return found

    def _follow(self, address: str, source: Part) -> tuple[Part, ...]:
        if address.startswith("#"):
            return self._in(source, address[1:])
        address = address.partition("/_history/")[0]
        base = self._by_url.get(address) or self._on_this_server(address, source)
        return self.current.get(base, ())

    def _on_this_server(self, address: str, source: Part) -> str:
        """Return "Kind/id": of a relative address, or of one at the server that its source came from."""
        if "://" not in address:
            return address
        server, _, _ = source.full_url.partition(f"/{source.kind}/")
        return address.removeprefix(f"{server}/") if server else ""

    def _in(self, source: Part, id_: str) -> tuple[Part, ...]:
        holder = source.within or source
        if holder.name not in self._contained:
            self._contained[holder.name] = _contained_in(holder)
        found = self._contained[holder.name].get(id_)
        return (found,) if found else ()

    def _by_logic(self, reference: Reference, kind: str) -> tuple[Part, ...]:
        identifier = reference.identifier
        if identifier is None or not (identifier.system and identifier.value):
            return ()
        if self._by_identifier is None:
            self._by_identifier = _by_identifier(self.current)
        bases = self._by_identifier.get((kind, identifier.system, identifier.value), set())
        return self.current[next(iter(bases))] if len(bases) == 1 else ()


def name_parts(received: Iterable[Received]) -> Parts:
    """Return everything received, named; the same whatever the order in which it came."""
    first: dict[str, Received] = {}
    contents: dict[str, dict[bytes | str, Received]] = {}  # only of those under whose id more than one came
    by_url: dict[str, str] = {}
    for one in received:
        base = f"{one.kind}/{one.id or _name_by_content(one)}"
        if one.full_url:
            by_url[one.full_url] = base if by_url.get(one.full_url, base) == base else _TWO_RESOURCES
        known = first.setdefault(base, one)
        if known is not one:
            under_this_id = contents.setdefault(base, {_content(known): known})
            same = under_this_id.get(_content(one), one)
            under_this_id[_content(one)] = max(one, same, key=lambda sent: sent.full_url)
    current: dict[str, tuple[Part, ...]] = {}
    everything: dict[str, Part] = {}
    for base in sorted(first):
        several = contents.get(base, ())
        if len(several) > 1:
            current[base], versions = _versions(base, list(contents[base].values()))
            everything.update({part.name: part for part in versions})
        else:
            one = next(iter(contents[base].values())) if several else first[base]
            everything[base] = only = _part(base, base, one)
            current[base] = (only,)
    return Parts(everything, current, by_url)


_TWO_RESOURCES = ""  # what a full URL that stands on two of them names: neither


def names_something(reference: Reference) -> bool:
    """Say whether a reference names anything at all."""
    return bool(reference.reference or (reference.identifier and reference.identifier.value))


def called(reference: Reference) -> str:
    """Return what a reference calls the thing it names, for saying that it was not sent."""
    if reference.reference:
        return reference.reference
    identifier = reference.identifier
    return f"{identifier.system}|{identifier.value}" if identifier else ""


def _name_by_content(one: Received) -> str:
    """A full URL does not tell two apart: some servers end it with the id that they do not send."""
    return f"{one.full_url}@{_digest(one)}"


def _content(one: Received) -> bytes | str:
    return one.raw or repr(one.body)


def _versions(base: str, contents: Sequence[Received]) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Return the current Parts of an id under which several contents came, and all of them.

    Where the newest cannot be read, the newest that can is shown beside the word that it was not the last.
    """
    in_a_fixed_order = sorted(contents, key=lambda one: (one.version, one.raw))
    parts = [_part(f"{base}@{one.version}.{_digest(one)}", base, one) for one in in_a_fixed_order]
    ordered = oldest_first([(part.version, _updated(part), part) for part in parts])
    if ordered is None:
        return tuple(parts), tuple(parts)
    readable = [place for place, part in enumerate(ordered) if part.body is not None]
    newest = readable[-1] if readable else 0
    older, shown, unreadable = ordered[:newest], ordered[newest], ordered[newest + 1 :]
    current = (
        msgspec.structs.replace(shown, older=tuple([part.name for part in older])),
        *(msgspec.structs.replace(part, problem=f"{_NEWER}{part.problem}") for part in unreadable),
    )
    return current, (*older, *current)


_NEWER = "a newer version of it could not be read: "


def _part(name: str, base: str, one: Received) -> Part:
    problem = one.problem or ("" if one.body is not None else "it could not be read")
    return Part(name, base, one.kind, one.body, problem, one.version, one.raw, one.full_url)


def _digest(one: Received) -> str:
    return hashlib.sha256(one.raw or repr(one.body).encode()).hexdigest()[:12]


def _updated(part: Part) -> str:
    return part.body.meta.last_updated if part.body and part.body.meta else ""


def _by_identifier(current: dict[str, tuple[Part, ...]]) -> dict[tuple[str, str, str], set[str]]:
    found: dict[tuple[str, str, str], set[str]] = {}
    for base, parts in current.items():
        for part in parts:
            identifiers: tuple[Identifier, ...] = part.body.identifier if part.body else ()
            for one in identifiers:
                found.setdefault((part.kind, one.system, one.value), set()).add(base)
    return found


class _Stub(msgspec.Struct, rename="camel", gc=False):
    resource_type: str = ""
    id: str = ""


def _contained_in(holder: Part) -> dict[str, Part]:
    """Return the resources contained in one, by id; read only now, because few references look inside."""
    found = {}
    for raw in holder.body.contained if holder.body else ():
        try:
            stub = msgspec.json.decode(raw, type=_Stub)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        body = read_resource(raw)
        problem = body if isinstance(body, str) else ""
        name = f"{stub.resource_type}/{holder.id}#{stub.id}"
        readable = None if isinstance(body, str) else body
        found[stub.id] = Part(
            name, name, stub.resource_type, readable, problem, "", bytes(raw), holder.full_url, holder
        )
    return found
