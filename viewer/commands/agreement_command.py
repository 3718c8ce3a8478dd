"""`trustline agreement check | sign | status | keys`: what an agreement says, who has signed it, and how to sign it.

Rule: nothing that stands in a file is ever overwritten, and no signature is made with another key than the trust's own.
It needs the configuration alone: no secrets, no database, so a trust can run it on a machine of its own.
"""

import argparse
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from connectors.answer import Kind
from connectors.registry import known_connectors
from viewer.access.agreement import Agreement, Narrowing
from viewer.access.force import Force
from viewer.access.register import Party, Registered, register_of
from viewer.access.rules import Rules
from viewer.access.signing import fingerprint, sign, written_public_key
from viewer.access.wording import KINDS, in_words
from viewer.commands.check_config import about_clause, narrows_in_words, signature_in_words, vote_in_words
from viewer.commands.private_key import CannotSign, put_in_place, read_private_key
from viewer.commands.verbs import add_verb, day
from viewer.commands.world import World
from viewer.configuration.agreement_file import read_agreement
from viewer.configuration.config_file import Misconfigured, did_you_mean, open_config
from viewer.configuration.trust_file import TrustFile, read_own_word

if TYPE_CHECKING:
    from viewer.commands.verbs import Verbs

_KEYS = {"trust": "signing_key", "laboratory": "laboratory_key"}  # who signs, and where the public half stands


def add_agreement_verbs(verbs: "Verbs") -> None:
    """Add what can be asked of agreements to the command."""
    check = add_verb(verbs, "check", check_agreements, "say what a text says, its hash, and what is wrong with it")
    check.add_argument("name", nargs="?", default="", help="of this agreement; without it, of each")
    signing = add_verb(verbs, "sign", sign_agreement, "sign a text with a trust's key, and print the [[signature]]")
    signing.add_argument("name", help="the agreement: the name of its file, without .toml")
    signing.add_argument("--trust", required=True, help="the trust that signs")
    signing.add_argument("--key", required=True, type=Path, metavar="FILE", help="its private key")
    signing.add_argument("--on", type=day, default=None, metavar="DAY", help="from this day on (today)")
    signing.add_argument("--write", action="store_true", help="add it to the agreement's file as well")
    status = add_verb(verbs, "status", say_status, "say how each agreement stands, who signed it, and what is late")
    status.add_argument("--json", action="store_true", help="for machines")
    keys = add_verb(verbs, "keys", make_keys, "make a pair of keys, of a trust or of its laboratory")
    keys.add_argument("--out", required=True, type=Path, metavar="FILE", help="where the private half goes")
    whose = "who signs with it: the trust, agreements (so unless said), or its laboratory, its code map"
    keys.add_argument("--for", dest="whose", choices=sorted(_KEYS), default="trust", help=whose)


# ── The configuration, as far as agreements need it ──────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Config:
    folder: Path
    trusts: Mapping[str, TrustFile]

    def names(self) -> list[str]:
        return sorted(path.stem for path in (self.folder / "agreements").glob("*.toml"))

    def agreement(self, name: str) -> Agreement:
        path = self.folder / "agreements" / f"{name}.toml"
        if not path.exists():
            known = ", ".join(self.names())
            raise Misconfigured(f'There is no agreement "{name}"{did_you_mean(name, self.names())}. Known: {known}.')
        table = open_config(path)
        keys = {trust: own.signing_key for trust, own in self.trusts.items() if own.signing_key}
        agreement = read_agreement(table, [own.config.trust for own in self.trusts.values()], keys)
        table.nothing_else()
        return agreement

    def rules(self, today: date) -> Rules:
        agreements = tuple(self.agreement(name) for name in self.names())
        narrowings = tuple(own.narrowing for own in self.trusts.values())
        return Rules(agreements, narrowings, today, datetime.combine(today, time(12), UTC))


def _config(world: World) -> _Config:
    folder = Path(world.environ.get("TRUSTLINE_CONFIG") or "config")
    paths = sorted((folder / "trusts").glob("*.toml"))
    return _Config(folder, {path.stem: read_own_word(path, known_connectors()) for path in paths})


# ── check ────────────────────────────────────────────────────────────────────────────────────────


def check_agreements(world: World, asked: argparse.Namespace) -> int:
    """Say what each text says; return 1 when something is wrong with any."""
    config = _config(world)
    entries = {entry.agreement.name: entry for entry in register_of(config.rules(world.today()))}
    names = [config.agreement(asked.name).name] if asked.name else config.names()
    wrong = 0
    for name in names:
        problems = tuple(_problems(entries[name], entries, config))
        wrong += len(problems)
        world.say(*_text_in_lines(entries[name].agreement), *(f"  WRONG: {problem}" for problem in problems), "")
    world.say(f"{wrong} wrong." if wrong else "Nothing is wrong.")
    return 1 if wrong else 0


def _text_in_lines(agreement: Agreement) -> Iterator[str]:
    yield f"{agreement.short}: {agreement.title}"
    yield f"  file {agreement.path}"
    yield f"  text {agreement.digest}"
    yield f"  from {in_words(agreement.starts)} to {in_words(agreement.ends)}"
    if agreement.review:
        yield f"  review by {in_words(agreement.review)}"
    if agreement.supersedes:
        yield f"  takes the place of {', '.join(sorted(agreement.supersedes))}"
    if agreement.revoked:
        yield f"  revoked from {in_words(agreement.revoked.on)}: {agreement.revoked.because}"
    yield f"  between {', '.join(party.title for party in agreement.parties)}"
    yield f"  GP practices: {', '.join(sorted(agreement.practices)) or 'none'}"
    for clause in agreement.clauses:
        yield f"  {about_clause(clause)}"
        yield f"      {clause.text}"
    for never in agreement.never_shared:
        opened = " (break-glass opens it)" if never.opens_by_break_glass else ""
        yield f"  never shared: {never.name} of {never.trust}, {len(never.codes)} codes{opened}: {never.sentence}"


def _problems(entry: Registered, others: Mapping[str, Registered], config: _Config) -> Iterator[str]:
    agreement = entry.agreement
    for signature in agreement.signatures:
        if signature.problem:
            yield f"the signature of {signature.trust} of {in_words(signature.on)} is none: {signature.problem}"
    for name in sorted(agreement.supersedes - others.keys()):
        yield f'it takes the place of "{name}", and there is no such agreement{did_you_mean(name, others)}'
    for name in sorted(agreement.supersedes & others.keys()):
        if others[name].force.holds:
            yield f"it is not carried or not begun, so {others[name].agreement.short} is still in force"
    if agreement.review and not agreement.starts <= agreement.review <= agreement.ends:
        yield "its day of review is not within its own days"
    for party in agreement.parties:
        if config.trusts[party.name].signing_key is None:
            yield f"{party.title} has no signing_key in its file, so it cannot sign"


# ── sign ─────────────────────────────────────────────────────────────────────────────────────────


def sign_agreement(world: World, asked: argparse.Namespace) -> int:
    """Sign one text for one trust; print the block, and add it to the file when asked to."""
    config = _config(world)
    agreement = config.agreement(asked.name)
    _refuse_stranger(agreement, asked.trust)
    key = read_private_key(asked.key)
    _refuse_other_key(config.trusts[asked.trust], key)
    if any(one.trust == asked.trust and not one.problem for one in agreement.signatures):
        raise CannotSign(f"{asked.trust} has signed this text of {agreement.short} already. Nothing was changed.")
    on = asked.on or world.today()
    value = sign(key, agreement.name, agreement.digest, asked.trust, on)
    block = f'[[signature]]\ntrust = "{asked.trust}"\non = {on}\ntext = "{agreement.digest}"\nsignature = "{value}"'
    world.say(block)
    if asked.write:
        _add(Path(agreement.path), block)
        world.say("", f"Added to {agreement.path}.")
    return 0


def _refuse_stranger(agreement: Agreement, trust: str) -> None:
    names = [party.name for party in agreement.parties]
    if trust not in names:
        raise CannotSign(f'"{trust}" is not a party to {agreement.short}{did_you_mean(trust, names)}')


def _refuse_other_key(own: TrustFile, key: Ed25519PrivateKey) -> None:
    trust, mine = own.config.trust.name, written_public_key(key)
    if own.signing_key is None:
        raise CannotSign(
            f'{trust} has no signing_key in its file. If this key is its own, write: signing_key = "{mine}"'
        )
    if own.signing_key != key.public_key().public_bytes_raw():
        raise CannotSign(
            f"This is not the key of {trust}: its file names {fingerprint(own.signing_key)}, "
            f"this one is {fingerprint(key.public_key().public_bytes_raw())}"
        )


def _add(path: Path, block: str) -> None:
    put_in_place(path, f"{path.read_text(encoding='utf-8').rstrip()}\n\n{block}\n")


# ── status ───────────────────────────────────────────────────────────────────────────────────────


def say_status(world: World, asked: argparse.Namespace) -> int:
    """Say how each agreement stands."""
    config = _config(world)
    rules = config.rules(world.today())
    entries = register_of(rules)
    if asked.json:
        world.say(json.dumps(_as_json(entries, rules), indent=2, ensure_ascii=False))
        return 0
    for entry in entries:
        world.say(*_status_in_lines(entry), "")
    for narrowing in rules.narrowings:
        world.say(f"{config.trusts[narrowing.trust].config.trust.title} narrows: {narrows_in_words(narrowing)}")
    return 0


def _status_in_lines(entry: Registered) -> Iterator[str]:
    agreement = entry.agreement
    yield f"{agreement.short} ({agreement.name}): {entry.force.value}" + (f": {entry.because}" if entry.because else "")
    yield f"  text {agreement.digest}"
    yield f"  {vote_in_words(entry.vote)}"
    for party in entry.parties:
        yield f"  {party.trust.title}: {signature_in_words(party)}"
    if entry.force is Force.REVIEW_OVERDUE and agreement.review:
        yield f"  OVERDUE: it was to be looked at again by {in_words(agreement.review)}"


def _as_json(entries: tuple[Registered, ...], rules: Rules) -> dict[str, Any]:
    return {
        "today": rules.today.isoformat(),
        "agreements": [_entry_as_json(entry) for entry in entries],
        "narrowings": [_narrowing_as_json(narrowing) for narrowing in rules.narrowings],
    }


def _entry_as_json(entry: Registered) -> dict[str, Any]:
    agreement = entry.agreement
    return {
        "name": agreement.name,
        "short": agreement.short,
        "title": agreement.title,
        "text": agreement.digest,
        "state": entry.force.value,
        "in_force": entry.force.holds,
        "because": entry.because,
        "starts": agreement.starts.isoformat(),
        "ends": agreement.ends.isoformat(),
        "review": agreement.review.isoformat() if agreement.review else None,
        "supersedes": sorted(agreement.supersedes),
        "superseded_by": entry.successor.name if entry.successor else None,
        "revoked": {"on": agreement.revoked.on.isoformat(), "because": agreement.revoked.because}
        if agreement.revoked
        else None,
        "vote": {
            "eligible": entry.vote.eligible,
            "signed": entry.vote.signed,
            "needed": entry.vote.needed,
            "carried": entry.vote.carried,
        },
        "parties": [_party_as_json(party) for party in entry.parties],
    }


def _party_as_json(party: Party) -> dict[str, Any]:
    signature = party.signature
    return {
        "trust": party.trust.name,
        "signed": party.has_signed,
        "because": party.because,
        "on": signature.on.isoformat() if signature else None,
        "text": signature.text if signature else None,
        "key": signature.key if signature else None,
    }


def _narrowing_as_json(narrowing: Narrowing) -> dict[str, Any]:
    return {
        "trust": narrowing.trust,
        "withholds": [KINDS[kind] for kind in Kind if kind not in narrowing.shares],
        "never_shared": [never.name for never in narrowing.never_shared],
    }


# ── keys ─────────────────────────────────────────────────────────────────────────────────────────


def make_keys(world: World, asked: argparse.Namespace) -> int:
    """Make a pair of keys: the private half into a new file nobody else can read, the public half to be told."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        file = os.open(asked.out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise CannotSign(f"{asked.out} is there already, and is not overwritten") from None
    with os.fdopen(file, "wb") as out:
        out.write(pem)
    world.say(
        f"The private key is in {asked.out}: keep it where only those who sign for the {asked.whose} can read it.",
        "Write its public half into the trust's own file, above the first [table]:",
        "",
        f'{_KEYS[asked.whose]} = "{written_public_key(key)}"',
        "",
        f"Its fingerprint, to be read out to the partnership: {fingerprint(key.public_key().public_bytes_raw())}",
    )
    return 0
