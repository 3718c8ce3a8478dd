"""Read config/codes/<trust>.toml: what a trust's laboratory says its own codes, units and specimens mean.

Rule: a map is believed only when the laboratory's own key has signed exactly what it says. One that is not signed, or
was changed since, maps nothing: all its codes count as unmapped until it is signed again.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from connectors.answer import Trust
from viewer.access.signing import fingerprint, why_not_verified
from viewer.clinical.analyte import Catalogue, CodeMap, Conversion, Meaning
from viewer.configuration.config_file import Misconfigured, Table, did_you_mean, open_config

# The first line of what is signed: no other message of ours, or of anybody's, begins so.
DOMAIN = "trustline: a laboratory signs its code map, version 1"
FACTOR = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")


@dataclass(frozen=True, slots=True)
class CodeMapFile:
    """One trust's file: what stands there, and whether it is believed."""

    trust: Trust
    written: CodeMap  # what the file says
    digest: str = ""  # SHA-256 of what it says
    problem: str = ""  # why it is not believed, or ""
    key: str = ""  # the fingerprint of the key that signed it
    path: str = ""

    @property
    def believed(self) -> CodeMap:
        """Return what may be gone by: all of the map, or nothing of it."""
        return CodeMap(self.trust.name) if self.problem else self.written


def read_code_maps(
    folder: Path, trusts: Collection[Trust], keys: Mapping[str, bytes], catalogue: Catalogue
) -> tuple[CodeMapFile, ...]:
    """Return every trust's map, in the order of the trusts; `keys` are their laboratories' public keys."""
    _refuse_strangers(folder / "codes", [trust.name for trust in trusts])
    return tuple(_read_one(folder / "codes" / f"{trust.name}.toml", trust, keys, catalogue) for trust in trusts)


def _refuse_strangers(folder: Path, names: Collection[str]) -> None:
    for path in sorted(folder.glob("*.toml")):
        if path.stem not in names:
            raise Misconfigured(f"{path}: there is no trust {path.stem}{did_you_mean(path.stem, names)}")


def _read_one(path: Path, trust: Trust, keys: Mapping[str, bytes], catalogue: Catalogue) -> CodeMapFile:
    if not path.exists():
        return CodeMapFile(trust, CodeMap(trust.name), problem="there is no file", path=str(path))
    file = open_config(path)
    read = read_code_map(file, trust, keys, catalogue)
    file.nothing_else()
    return read


def read_code_map(file: Table, trust: Trust, keys: Mapping[str, bytes], catalogue: Catalogue) -> CodeMapFile:
    """Return the map, every word of ours in it checked against the catalogue, and its signature against the key."""
    written = CodeMap(
        trust.name,
        dict(_codes(file, catalogue)),
        dict(_units(file.table("units", may_be_absent=True), catalogue)),
        dict(_specimens(file.table("specimens", may_be_absent=True), catalogue)),
        _conversions(file, catalogue),
        _one_line(file, "signed_by"),
        file.day("signed_on"),
        _one_line(file, "role"),
    )
    digest, key = digest_of_map(file.values), keys.get(trust.name)
    problem = _why_not_believed(file, digest, key, trust.name)
    return CodeMapFile(trust, written, digest, problem, fingerprint(key) if key and not problem else "", str(file.path))


def digest_of_map(values: Mapping[str, Any]) -> str:
    """Return the SHA-256 of all that a map says but its signature; comments, spacing and order of keys say nothing."""
    text = {key: value for key, value in values.items() if key != "signature"}
    canonical = json.dumps(text, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def map_message(trust: str, text: str) -> bytes:
    """Return what a laboratory signs: three lines. Who signs, and on which day, stand in the text itself."""
    return "".join(f"{line}\n" for line in (DOMAIN, trust, text)).encode()


def explained_together(files: Iterable[CodeMapFile]) -> int:
    """Return how many analytes the believed maps of two or more trusts speak of."""
    trusts = Counter(
        analyte for file in files for analyte in {meaning.analyte for meaning in file.believed.codes.values()}
    )
    return sum(1 for count in trusts.values() if count > 1)


# ── What it says ─────────────────────────────────────────────────────────────────────────────────


def _codes(file: Table, catalogue: Catalogue) -> Iterator[tuple[tuple[str, str], Meaning]]:
    seen: set[tuple[str, str]] = set()
    for row in file.tables("codes"):
        code = row.text("system"), row.text("code")
        if code in seen:
            raise row.wrong("code", f'"{code[1]}" of {code[0]} stands there twice')
        seen.add(code)
        specimen, unit = row.text("specimen", ""), row.text("unit", "")
        if specimen:
            _refuse_unknown(row, "specimen", specimen, catalogue.specimens)
        if unit:
            _refuse_unknown(row, "unit", unit, catalogue.units)
        yield code, Meaning(_analyte(row, catalogue), specimen, unit)


def _analyte(row: Table, catalogue: Catalogue) -> str:
    key = row.text("analyte")
    if key not in catalogue.analytes:
        raise row.wrong(
            "analyte", f'there is no analyte "{key}" in analytes.toml{did_you_mean(key, catalogue.analytes)}'
        )
    return key


def _units(table: Table, catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """Yield each spelling with the unit it stands for. A unit of its own stands for itself: that is no spelling."""
    for sent in table.values:
        ucum = table.text(sent)
        _refuse_unknown(table, sent, ucum, catalogue.units)
        if sent in catalogue.units and sent != ucum:
            raise table.wrong(sent, f'"{sent}" is a unit of its own, and not "{ucum}"; that would be a conversion')
        yield sent, ucum


def _specimens(table: Table, catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    for sent in table.values:
        word = table.text(sent)
        _refuse_unknown(table, sent, word, catalogue.specimens)
        yield sent, word


def _conversions(file: Table, catalogue: Catalogue) -> tuple[Conversion, ...]:
    found: list[Conversion] = []
    for row in file.tables("conversion"):
        one = _conversion(row, catalogue)
        for other in found:
            if other.analyte == one.analyte and {other.of, other.to} & {one.of}:
                raise row.wrong("of", f'"{one.of}" of {one.analyte} is converted twice, or converted to as well')
            if other.analyte == one.analyte and one.to == other.of:
                raise row.wrong("to", f'"{one.to}" of {one.analyte} is itself converted: nothing is converted twice')
        found.append(one)
    return tuple(found)


def _conversion(row: Table, catalogue: Catalogue) -> Conversion:
    analyte, of, to, factor = _analyte(row, catalogue), row.text("of"), row.text("to"), row.text("factor")
    for key, unit in (("of", of), ("to", to)):
        _refuse_unknown(row, key, unit, catalogue.units)
    if of == to:
        raise row.wrong("to", "is the unit it is converted from")
    if not FACTOR.fullmatch(factor) or not Decimal(factor):
        raise row.wrong("factor", f'"{factor}" is no number above nought, written "10" or "0.1"')
    return Conversion(analyte, of, to, Decimal(factor), _one_line(row, "clause"))


def _refuse_unknown(table: Table, key: str, word: str, known: Sequence[str]) -> None:
    if word not in known:
        raise table.wrong(key, f'"{word}" does not stand in analytes.toml{did_you_mean(word, known)}')


def _one_line(table: Table, key: str) -> str:
    text = table.text(key)
    if not text.isprintable():
        raise table.wrong(key, "must be one line")
    return text


# ── Whether it is believed ───────────────────────────────────────────────────────────────────────


def _why_not_believed(file: Table, digest: str, key: bytes | None, trust: str) -> str:
    """Return why the signature is none, or ""."""
    if "signature" not in file:
        return "it is not signed"
    table = file.table("signature")
    text, value = table.text("text"), table.text("signature")
    if key is None:
        return "the trust’s own file holds no laboratory_key to verify it with"
    if text != digest:
        return "what it says was changed after it was signed"
    problem = why_not_verified(key, value, map_message(trust, text))
    return problem.replace("signing_key", "laboratory_key")
