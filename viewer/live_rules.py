"""The agreements and narrowings as their files stand at this moment: what a file says now, holds now.

Rule: every call looks at the files again and reads those that changed; nothing is decided by an old one. A trust's file
that cannot be read any more shares nothing; an agreement that cannot be read, or is gone, allows nothing, and both go
on forbidding what they forbade. What narrows holds at once; what widens, once the file has stayed the same for two
seconds, because a file that is half written can look whole. Each change is told before anything is decided by it.
"""

import os
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from connectors.answer import Trust
from viewer.access.agreement import Agreement, Narrowing, standing_sentences
from viewer.access.changes import changes_between, in_a_line, narrowing_changes, signature_changes
from viewer.access.force import successor_of
from viewer.access.rules import Rules
from viewer.access.unsettled import agreement_of_both, narrowing_of_both
from viewer.configuration.agreement_file import read_agreement
from viewer.configuration.config_file import MOST_BYTES, Misconfigured, Table, read_config
from viewer.configuration.trust_file import own_word_of
from viewer.settings import Settings

LONDON = ZoneInfo("Europe/London")
SETTLED = timedelta(seconds=2)  # a file changed later than this may be half written, and may change again unseen

Stamp = tuple[int, int, int, int]  # inode, size, and when its words and its entry were last changed


@dataclass(frozen=True, slots=True)
class RulesChange:
    """One file that says something else than before."""

    file: str  # "trusts/rotherham.toml"
    what: str  # in a line


@dataclass(frozen=True, slots=True)
class _Read:
    """What one file said when it was last read."""

    stamp: Stamp
    settled: bool  # so long unchanged that its times alone say whether it is
    words: bytes
    since: datetime  # when it was first seen to say so

    def may_be_half(self, now: datetime) -> bool:
        """Say whether somebody may still be writing it: by the disk's clock, and, should that be wrong, by ours."""
        written = now.timestamp() - self.stamp[2] / 1_000_000_000
        return now - self.since < SETTLED and written < SETTLED.total_seconds()


@dataclass(frozen=True, slots=True)
class _Known:
    """Everything the files say, as it stands."""

    agreements: Mapping[str, Agreement]
    narrowings: Mapping[str, Narrowing]
    keys: Mapping[str, bytes]


class LiveRules:
    """Gives the rules as they stand now. One for each worker; any thread may call it."""

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], datetime],
        connectors: Collection[str],
        tell: Callable[[RulesChange], object],
        pds: bool = False,
    ) -> None:
        self._folder = settings.folder
        self._trusts = tuple(config.trust for config in settings.trusts)
        self._own_files = {trust.name: f"{settings.folder}/trusts/{trust.name}.toml" for trust in self._trusts}
        self._clock, self._connectors, self._tell, self._pds = clock, connectors, tell, pds
        self._lock = threading.Lock()
        self._known = _Known(
            {agreement.name: agreement for agreement in settings.agreements},
            {narrowing.trust: narrowing for narrowing in settings.narrowings},
            dict(settings.signing_keys),
        )
        self._files: Mapping[str, _Read | str] = {}  # or why a file cannot be read
        self._unsettled: frozenset[str] = frozenset()

    def rules(self) -> Rules:
        """Return the rules as the files say them now."""
        known, now = self._look(), self._clock()
        return Rules(
            tuple(known.agreements.values()),
            tuple(known.narrowings.values()),
            now.astimezone(LONDON).date(),
            now,
            self._pds,
        )

    def standing_sentences(self) -> tuple[str, ...]:
        """Return the sentences shown for every patient, as the files say them now."""
        known = self._look()
        return standing_sentences(known.agreements.values(), known.narrowings.values())

    def _look(self) -> _Known:
        """Look at every file; when one changed, tell what changed, and only then go by it."""
        with self._lock:
            now = self._clock()
            files = {path: self._read(path, now) for path in self._paths()}
            half = frozenset(path for path, read in files.items() if isinstance(read, _Read) and read.may_be_half(now))
            if _words(files) == _words(self._files) and half == self._unsettled:
                self._files = files
                return self._known
            after = self._understood(files, half, now)
            for change in _changes(self._known, after):
                self._tell(change)
            self._known, self._files, self._unsettled = after, files, half
            return after

    def _paths(self) -> Iterator[str]:
        yield from self._own_files.values()
        yield from self._agreement_files().values()

    def _agreement_files(self) -> dict[str, str]:
        """Return the file of every agreement there is, or was: one that is gone still forbids what it forbade."""
        folder = self._folder / "agreements"
        there = {file.removesuffix(".toml") for file in _listed(folder) if file.endswith(".toml")}
        return {name: f"{folder}/{name}.toml" for name in sorted(there | self._known.agreements.keys())}

    def _read(self, path: str, now: datetime) -> _Read | str:
        """Return what stands in the file: what stood there, unless it was touched or may have been."""
        before = self._files.get(path)
        try:
            status = os.stat(path)  # noqa: PTH116  nine of them at every decision: a Path costs five times as much
            stamp = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
            if isinstance(before, _Read) and before.settled and before.stamp == stamp:
                return before
            settled = now.timestamp() - status.st_ctime > SETTLED.total_seconds()
            with Path(path).open("rb") as file:
                words = file.read(MOST_BYTES + 1)
        except FileNotFoundError:
            return "there is no such file"
        except OSError as error:
            return f"it cannot be opened ({type(error).__name__})"
        same = isinstance(before, _Read) and before.words == words
        return _Read(stamp, settled, words, before.since if isinstance(before, _Read) and same else now)

    def _understood(self, files: Mapping[str, _Read | str], half: Collection[str], now: datetime) -> _Known:
        """Understand every file anew: there are few, and they change seldom."""
        keys = dict(self._known.keys)
        narrowings = {trust.name: self._narrowing(trust, files, half, keys) for trust in self._trusts}
        agreements = {
            Path(path).stem: self._agreement(Path(path), files[path], path in half, keys)
            for path in files
            if path not in self._own_files.values()
        }
        today = now.astimezone(LONDON).date()
        return _Known(_still_superseded(self._known.agreements, _no_twins(agreements), today), narrowings, keys)

    def _narrowing(
        self, trust: Trust, files: Mapping[str, _Read | str], half: Collection[str], keys: dict[str, bytes]
    ) -> Narrowing:
        """Return what the trust narrows now, and take its key; or nothing shared, and its key as it was."""
        path = self._own_files[trust.name]
        before = self._known.narrowings.get(trust.name, Narrowing(trust.name))
        try:
            own = own_word_of(_opened(path, files[path]), self._connectors)
        except Exception as problem:  # whatever is wrong with one trust's file costs that trust alone
            return replace(before, shares=frozenset(), unreadable=self._in_words(path, problem))
        known = keys.pop(trust.name, None)
        if own.signing_key and (path not in half or own.signing_key == known):
            keys[trust.name] = own.signing_key
        return narrowing_of_both(before, own.narrowing) if path in half else own.narrowing

    def _agreement(self, path: Path, read: _Read | str, may_be_half: bool, keys: Mapping[str, bytes]) -> Agreement:
        before = self._known.agreements.get(path.stem)
        try:
            table = _opened(str(path), read)
            agreement = read_agreement(table, self._trusts, keys)
            table.nothing_else()
        except Exception as problem:  # whatever is wrong with one agreement costs that one alone
            return replace(before or _nothing_known(path), unreadable=self._in_words(str(path), problem))
        return agreement_of_both(before, agreement) if may_be_half else agreement

    def _in_words(self, path: str, problem: Exception) -> str:
        known = isinstance(problem, Misconfigured)
        said = str(problem) if known else f"{path}: cannot be read: {type(problem).__name__}"
        return said.replace(f"{self._folder}/", "")


def _opened(path: str, read: _Read | str) -> Table:
    if isinstance(read, str):
        raise Misconfigured(f"{path}: {read}")
    return read_config(Path(path), read.words)


def _listed(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208  as above
    except OSError:
        return []  # every agreement that was there is gone, then


def _words(files: Mapping[str, _Read | str]) -> dict[str, bytes | str]:
    return {path: read if isinstance(read, str) else read.words for path, read in files.items()}


def _nothing_known(path: Path) -> Agreement:
    name = path.stem
    return Agreement(name, name, name, (), frozenset(), date.max, date.max, (), path=str(path))


def _no_twins(agreements: Mapping[str, Agreement]) -> dict[str, Agreement]:
    """Two agreements under one short name could not be told apart in the log: the later one allows nothing."""
    seen: dict[str, str] = {}
    kept: dict[str, Agreement] = {}
    for name, agreement in agreements.items():
        first = seen.setdefault(agreement.short, name)
        twin = f'its short name "{agreement.short}" is also that of {first}'
        kept[name] = agreement if first == name else replace(agreement, unreadable=agreement.unreadable or twin)
    return kept


def _still_superseded(
    before: Mapping[str, Agreement], after: Mapping[str, Agreement], today: date
) -> dict[str, Agreement]:
    """Remember what took whose place: a word changed in the new text must not bring the old one back."""
    return {name: _remembered(before.get(name), before, agreement, after, today) for name, agreement in after.items()}


def _remembered(
    was: Agreement | None, before: Mapping[str, Agreement], now: Agreement, after: Mapping[str, Agreement], today: date
) -> Agreement:
    if was is None or successor_of(now, after.values(), today) is not None:
        return now
    successor = successor_of(was, before.values(), today)
    return replace(now, superseded_by=successor.short if successor else was.superseded_by)


def _changes(before: _Known, after: _Known) -> Iterator[RulesChange]:
    for trust, narrowing in after.narrowings.items():
        lines = [in_a_line(narrowing_changes(before.narrowings[trust], narrowing))]
        if before.keys.get(trust) != after.keys.get(trust):
            lines.append("its signing key changed")
        if what := "; ".join(line for line in lines if line):
            yield RulesChange(f"trusts/{trust}.toml", what)
    for name, agreement in after.agreements.items():
        known = before.agreements.get(name)
        what = f"a new agreement, text {agreement.digest}" if known is None else _said_anew(known, agreement)
        if what:
            yield RulesChange(f"agreements/{name}.toml", what)


def _said_anew(before: Agreement, after: Agreement) -> str:
    changes = (*changes_between(before, after), *signature_changes(before, after))
    return in_a_line(changes)
