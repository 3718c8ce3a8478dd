"""`trustline codes check | status | unmapped | sign`: what each laboratory says its codes mean, and what none has said.

Rule: a map is signed with the laboratory's own key alone, over exactly what it says. All but `unmapped` need the
configuration alone: no secrets, no database, so a laboratory can run them on a machine of its own.
"""

import argparse
import json
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine, inspect

from connectors.registry import known_connectors
from viewer.access.signing import fingerprint, written_public_key
from viewer.access.wording import in_words
from viewer.clinical.analyte import Catalogue
from viewer.commands.code_lines import code_in_words, lines_about_maps, signed_in_words
from viewer.commands.private_key import CannotSign, put_in_place, read_private_key
from viewer.commands.verbs import add_verb
from viewer.commands.world import Refused, World, opened
from viewer.configuration.catalogue_file import read_catalogue
from viewer.configuration.code_map_file import CodeMapFile, map_message, read_code_maps
from viewer.configuration.config_file import Misconfigured, did_you_mean
from viewer.configuration.trust_file import TrustFile, read_own_word
from viewer.settings import config_folder
from viewer.unmapped import Count, counted, is_mapped

if TYPE_CHECKING:
    from viewer.commands.verbs import Verbs

_SIGNATURE = "[signature]"


def add_code_verbs(verbs: "Verbs") -> None:
    """Add what can be asked of code maps to the command."""
    check = add_verb(verbs, "check", check_maps, "say what is wrong with any map, and all that one says")
    check.add_argument("trust", nargs="?", default="", help="the trust whose map is said in full")
    status = add_verb(verbs, "status", say_status, "say who signed each map, when, and how many codes it explains")
    status.add_argument("--json", action="store_true", help="for machines")
    seen = "list the codes that were seen and that no signed map explains"
    unmapped = add_verb(verbs, "unmapped", say_unmapped, seen)
    unmapped.add_argument("--trust", default="", help="of this trust alone")
    unmapped.add_argument("--json", action="store_true", help="for machines")
    signing = add_verb(verbs, "sign", sign_map, "sign a map with its laboratory's key, and print the [signature]")
    signing.add_argument("trust", help="the trust whose map it is")
    signing.add_argument("--key", required=True, type=Path, metavar="FILE", help="its laboratory's private key")
    signing.add_argument("--write", action="store_true", help="put it into the map's file as well")


# ── The configuration, as far as code maps need it ───────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Config:
    catalogue: Catalogue
    trusts: Mapping[str, TrustFile]
    files: Sequence[CodeMapFile]

    def file(self, trust: str) -> CodeMapFile:
        if trust not in self.trusts:
            known = ", ".join(self.trusts)
            raise Misconfigured(f'There is no trust "{trust}"{did_you_mean(trust, self.trusts)}. Known: {known}.')
        return next(one for one in self.files if one.trust.name == trust)


def _config(world: World) -> _Config:
    folder = config_folder(world.environ)
    paths = sorted((folder / "trusts").glob("*.toml"))
    trusts = {path.stem: read_own_word(path, known_connectors()) for path in paths}
    keys = {name: own.laboratory_key for name, own in trusts.items() if own.laboratory_key}
    catalogue = read_catalogue(folder)
    files = read_code_maps(folder, [own.config.trust for own in trusts.values()], keys, catalogue)
    return _Config(catalogue, trusts, files)


# ── check ────────────────────────────────────────────────────────────────────────────────────────


def check_maps(world: World, asked: argparse.Namespace) -> int:
    """Say how each map stands, or all that one says; return 1 when something is wrong with any."""
    config = _config(world)
    files = [config.file(asked.trust)] if asked.trust else config.files
    wrong = 0
    for file in files:
        problems = tuple(_problems(file, world))
        wrong += len(problems)
        in_full = _map_in_lines(file, config.catalogue) if asked.trust else ()
        world.say(*_head_in_lines(file), *in_full, *(f"  WRONG: {problem}" for problem in problems), "")
    world.say(f"{wrong} wrong." if wrong else "Nothing is wrong.")
    return 1 if wrong else 0


def _head_in_lines(file: CodeMapFile) -> Iterator[str]:
    yield f"{file.trust.title}: {file.path}"
    if file.digest:
        yield f"  text {file.digest}"
        yield f"  {signed_in_words(file)}"


def _map_in_lines(file: CodeMapFile, catalogue: Catalogue) -> Iterator[str]:
    written = file.written
    for (system, code), meaning in written.codes.items():
        extra = "".join(f", {word}" for word in (meaning.specimen, meaning.unit) if word)
        yield f"  {system} {code} = {catalogue.analytes[meaning.analyte].name} ({meaning.analyte}{extra})"
    yield from (f'  unit "{sent}" = {ucum}' for sent, ucum in written.units.items())
    yield from (f'  specimen "{sent}" = {word}' for sent, word in written.specimens.items())
    for one in written.conversions:
        yield f"  CONVERTS {one.analyte}: {one.of} × {one.factor} = {one.to}, clause {one.clause}"


def _problems(file: CodeMapFile, world: World) -> Iterator[str]:
    if file.problem:
        yield f"its codes count as unmapped: {file.problem}"
    signed = file.written.signed_on
    if signed and signed > world.today():
        yield f"it says that it was signed on {in_words(signed)}, which is still to come"


# ── status ───────────────────────────────────────────────────────────────────────────────────────


def say_status(world: World, asked: argparse.Namespace) -> int:
    """Say how each map stands."""
    config = _config(world)
    if asked.json:
        world.say(json.dumps([_as_json(file) for file in config.files], indent=2, ensure_ascii=False))
        return 0
    world.say(*lines_about_maps(config.files, config.catalogue))
    return 0


def _as_json(file: CodeMapFile) -> dict[str, Any]:
    written = file.written
    return {
        "trust": file.trust.name,
        "believed": not file.problem,
        "because": file.problem,
        "text": file.digest,
        "signed_by": written.signed_by,
        "role": written.role,
        "signed_on": written.signed_on.isoformat() if written.signed_on else None,
        "key": file.key,
        "codes": len(written.codes),
        "units": len(written.units),
        "specimens": len(written.specimens),
        "conversions": len(written.conversions),
    }


# ── unmapped ─────────────────────────────────────────────────────────────────────────────────────


def say_unmapped(world: World, asked: argparse.Namespace) -> int:
    """List what was seen on pages and no signed map explains. It names no patient, so nothing is written in the log."""
    config = _config(world)
    if asked.trust:
        config.file(asked.trust)
    maps = {file.trust.name: file.believed for file in config.files}
    with opened(world) as engine:
        _refuse_without_table(engine)
        seen = [one for one in counted(engine) if not is_mapped(one, maps, config.catalogue)]
    shown = [one for one in seen if asked.trust in ("", one.trust)]
    if asked.json:
        world.say(json.dumps([_count_as_json(one) for one in shown], indent=2, ensure_ascii=False))
        return 0
    for file in config.files:
        if asked.trust in ("", file.trust.name):
            world.say(*_unmapped_in_lines(file, [one for one in shown if one.trust == file.trust.name]))
    return 0


def _unmapped_in_lines(file: CodeMapFile, seen: Sequence[Count]) -> Iterator[str]:
    """Yield what the laboratory can explain, and apart from it what needs no map or cannot have one."""
    coded = [one for one in seen if one.code and not one.in_words]
    yield f"{file.trust.title}: {len(coded)} to explain" + (
        f"; its whole map is NOT BELIEVED: {file.problem}" * bool(file.problem)
    )
    yield from (f"  {_count_in_line(one)}" for one in coded)
    words = [one for one in seen if one.code and one.in_words]
    if words:
        yield f"  {len(words)} more came without numbers (words, groups of results, whole reports),"
        yield "  and need no map unless they name a culture or a screen:"
        yield from (f"    {_count_in_line(one)}" for one in words)
    yield from (f"  No map can explain {_count_in_line(one)}" for one in seen if not one.code)


def _count_in_line(one: Count) -> str:
    code = code_in_words(one.system, one.code)
    pages = f"{one.looks} {'page' if one.looks == 1 else 'pages'}"
    name = f' "{one.name}"' if one.name else ""
    return f"{code}{name}: on {pages}, {in_words(one.first_seen)} to {in_words(one.last_seen)}"


def _count_as_json(one: Count) -> dict[str, Any]:
    return {
        "trust": one.trust,
        "system": one.system,
        "code": one.code,
        "name": one.name,
        "in_words": one.in_words,
        "pages": one.looks,
        "first_seen": one.first_seen.isoformat(),
        "last_seen": one.last_seen.isoformat(),
    }


def _refuse_without_table(engine: Engine) -> None:
    there = inspect(engine)
    if not there.has_table("unmapped_codes"):
        raise Refused("The database has no table of unmapped codes. Run: trustline database upgrade")
    if "measured" not in {column["name"] for column in there.get_columns("unmapped_codes")}:
        raise Refused("The database is of an earlier version. Run: trustline database upgrade")


# ── sign ─────────────────────────────────────────────────────────────────────────────────────────


def sign_map(world: World, asked: argparse.Namespace) -> int:
    """Sign what a map says; print the [signature], and put it into the file when asked to."""
    config = _config(world)
    file = config.file(asked.trust)
    if not file.digest:
        raise CannotSign(f"There is no map to sign: {file.path}")
    key = read_private_key(asked.key)
    _refuse_other_key(config.trusts[asked.trust], key)
    if not file.problem:
        raise CannotSign(f"The laboratory of {asked.trust} has signed this text already. Nothing was changed.")
    value = b64encode(key.sign(map_message(asked.trust, file.digest))).decode()
    block = f'{_SIGNATURE}\ntext = "{file.digest}"\nsignature = "{value}"'
    world.say(block)
    if asked.write:
        _put(Path(file.path), block)
        world.say("", f"Put into {file.path}.")
    return 0


def _refuse_other_key(own: TrustFile, key: Ed25519PrivateKey) -> None:
    trust, public = own.config.trust.name, key.public_key().public_bytes_raw()
    if own.laboratory_key is None:
        mine = written_public_key(key)
        raise CannotSign(
            f"{trust} has no laboratory_key in its file. If this key is its laboratory's, write: "
            f'laboratory_key = "{mine}"'
        )
    if own.laboratory_key != public:
        raise CannotSign(
            f"This is not the key of the laboratory of {trust}: its file names {fingerprint(own.laboratory_key)}, "
            f"this one is {fingerprint(public)}"
        )


def _put(path: Path, block: str) -> None:
    """Put the signature at the end, in place of one that was there: it is no part of what is signed."""
    text, old, after = path.read_text(encoding="utf-8").partition(f"\n{_SIGNATURE}")
    if old and any(line.lstrip().startswith("[") for line in after.splitlines()[1:]):
        raise CannotSign(f"{path}: [signature] is not the last table; move it to the end. Nothing was changed.")
    put_in_place(path, f"{text.rstrip()}\n\n{block}\n")
