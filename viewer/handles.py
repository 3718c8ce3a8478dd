"""Keep what a page needs for the next one under a random handle, in the session of one sign-in.

Rule: a patient is named in an address by a handle that means nothing outside this sign-in.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

import msgspec

T = TypeVar("T")


class Keeping(Protocol):
    """The part of Sessions that keeps values for one sign-in."""

    def keep(self, reference: str, name: str, value: bytes) -> None: ...  # noqa: D102
    def kept(self, reference: str, name: str) -> bytes | None: ...  # noqa: D102
    def kept_names(self, reference: str, prefix: str) -> tuple[str, ...]: ...  # noqa: D102
    def swap(self, reference: str, name: str, before: bytes, after: bytes, once: str = "") -> bool: ...  # noqa: D102
    def used_up(self, once: str) -> bool: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Handles:
    """Values of one sort ("found", "opened"), each under a handle, newest first."""

    sessions: Keeping
    new_handle: Callable[[], str]

    def keep(self, reference: str, value: object, handle: str = "") -> str:
        """Keep `value` for this sign-in and return its handle."""
        handle = handle or self.new_handle()
        self.sessions.keep(reference, f"{type(value).__name__}/{handle}", msgspec.json.encode(value))
        return handle

    def fetch(self, reference: str, kind: type[T], handle: str) -> T | None:
        """Return what was kept under `handle` by this sign-in, or None."""
        kept = self.sessions.kept(reference, f"{kind.__name__}/{handle}")
        return msgspec.json.decode(kept, type=kind) if kept else None

    def forget(self, reference: str, kind: type[object], handle: str) -> None:
        """Let the handle mean nothing any more."""
        self.sessions.keep(reference, f"{kind.__name__}/{handle}", b"")

    def swap(self, reference: str, handle: str, before: T, after: T, once: str = "") -> bool:
        """Keep `after` in the place of `before`, and use up what `once` names; no, and nothing, if either is gone."""
        name = f"{type(before).__name__}/{handle}"
        return self.sessions.swap(reference, name, msgspec.json.encode(before), msgspec.json.encode(after), once)

    def used_up(self, once: str) -> bool:
        """Say whether what this names has been used up, in this sign-in or in another."""
        return self.sessions.used_up(once)

    def all(self, reference: str, kind: type[T]) -> tuple[T, ...]:
        """Return everything of this kind that this sign-in kept, newest first."""
        names = self.sessions.kept_names(reference, f"{kind.__name__}/")
        values = (self.fetch(reference, kind, name.partition("/")[2]) for name in names)
        return tuple(value for value in values if value is not None)
