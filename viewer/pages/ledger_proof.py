"""How far the log is proven: verify the whole of it, or compare it with a size and root that somebody kept.

Rule: who verified it, when and how far is an entry of the log; every worker says the same. A root that somebody kept
outside is worth more than anything the log says of itself.
"""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from viewer.audit.rows import Head
from viewer.audit.search import is_number
from viewer.audit.tree import HASH_SIZE, proves_consistency
from viewer.audit.verifications import Verifications, in_words, outcome_of
from viewer.pages import ledger_words, proof_words
from viewer.pages.office import Office
from viewer.pages.page import looking, page
from viewer.pages.route import Asking, Route, Who


@dataclass(frozen=True, slots=True)
class Kept:
    """A size and root of the log that somebody kept outside."""

    size: int
    root: str  # hex


@dataclass(frozen=True, slots=True)
class Compared:
    """What the log now says to what was kept."""

    kept: Kept
    head: Head
    path: tuple[bytes, ...]

    @property
    def consistent(self) -> bool:
        """Say whether the log still begins with what was kept."""
        root = bytes.fromhex(self.kept.root)
        return proves_consistency(self.kept.size, root, self.head.size, self.head.root, self.path)


def proof_routes(office: Office) -> tuple[Route, ...]:
    """Return what proves the log."""
    who = Who.IG_OFFICERS
    return (
        Route("/ledger/verify", "ledger_verify", who, _verify(office), methods=("POST",)),
        Route("/ledger/kept", "ledger_kept", who, _keep(office), methods=("GET", "POST")),
        Route("/ledger/kept/<handle>", "ledger_compared", who, _compared(office)),
    )


def standing(office: Office, verifications: Verifications) -> dict[str, Any]:
    """Return what every page of the Ledger says of the log as a whole."""
    return {
        "verification": verifications.newest(),
        "head": office.log.head(),
        "ledger_words": ledger_words,
        "proof_words": proof_words,
    }


def _verify(office: Office) -> Callable[..., ResponseReturnValue]:
    def verify(asking: Asking) -> ResponseReturnValue:
        found = office.log.verify()
        office.verified(asking, in_words(found), outcome_of(found), found.root)
        return redirect(url_for("ledger"), 303)

    return verify


# ── What somebody kept ───────────────────────────────────────────────────────────────────────────


def _keep(office: Office) -> Callable[..., ResponseReturnValue]:
    def keep(asking: Asking) -> ResponseReturnValue:
        typed = {name: request.form.get(name, "").strip()[:200] for name in ("size", "root")}
        if request.method == "GET":
            return page("ledger_kept.html", asking, typed=typed, mistakes={}, proof_words=proof_words)
        kept, mistakes = read_kept(request.form)
        if kept is None:
            return page("ledger_kept.html", asking, typed=typed, mistakes=mistakes, proof_words=proof_words), 400
        handle = office.handles.keep(looking(asking).sign_in, kept)
        return redirect(url_for("ledger_compared", handle=handle), 303)

    return keep


def _compared(office: Office) -> Callable[..., ResponseReturnValue]:
    def compared(asking: Asking, handle: str) -> ResponseReturnValue:
        kept = office.handles.fetch(looking(asking).sign_in, Kept, handle) or abort(404)
        found = Compared(kept, *office.log.prove_beginning(kept.size))
        asked_for = f"comparison with {kept.size:,} entries and root {kept.root}"
        outcome = "consistent" if found.consistent else "not consistent"
        own = office.own_look(
            asking, asked_for, f"{outcome} with the log of {found.head.size:,} entries", outcome=outcome
        )
        return page(
            "ledger_compared.html", asking, found=found, own=own, ledger_words=ledger_words, proof_words=proof_words
        )

    return compared


_HEX = re.compile(rf"[0-9a-fA-F]{{{2 * HASH_SIZE}}}", re.ASCII)


def read_kept(form: MultiDict[str, str]) -> tuple[Kept | None, dict[str, str]]:
    """Read what was kept: a size with or without commas, and a root in hex or base64, as a checkpoint has it."""
    mistakes: dict[str, str] = {}
    digits = form.get("size", "").strip().replace(",", "")
    size = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 20 else 0
    if not is_number(size):
        mistakes["size"] = "Enter how many entries there were, like 48,214"
    root = _read_root("".join(form.get("root", "").split()))
    if root is None:
        mistakes["root"] = "Enter the root as it was given: 64 letters and digits, or 44 that end in ="
    return (None, mistakes) if mistakes or root is None else (Kept(size, root.hex()), {})


def _read_root(typed: str) -> bytes | None:
    if _HEX.fullmatch(typed):
        return bytes.fromhex(typed)
    try:
        root = b64decode(typed, validate=True)
    except (NotBase64, ValueError):
        return None
    return root if len(root) == HASH_SIZE else None
