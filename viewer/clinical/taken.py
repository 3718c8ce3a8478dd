"""Say when a report speaks of: when the specimen was taken, or the nearest time to that which was sent.

The order: specimen collected, effective, imaged, specimen received, issued (NHS CUI; laboratory practice).
A time that was sent but cannot be read is never replaced in silence: it stands in the report as Unreadable.
"""

from collections.abc import Iterable, Iterator, Sequence

from viewer.clinical.report import Result, Specimen, Study, TakenFrom, Unreadable, When


def taken_from(
    specimens: Sequence[Specimen],
    effective: When | None,
    results: Sequence[Result | Unreadable],
    studies: Sequence[Study],
    issued: When | None,
) -> tuple[When | None, TakenFrom]:
    """Return the time a report is placed by, and which of its times that is. Of several, the earliest."""

    def in_order() -> Iterator[tuple[When | None, TakenFrom]]:
        yield _earliest([one.collected for one in specimens]), TakenFrom.SPECIMEN
        yield effective or _earliest(_times_of(results)), TakenFrom.EFFECTIVE
        yield _earliest([one.started for one in studies]), TakenFrom.IMAGED
        yield _earliest([one.received for one in specimens]), TakenFrom.RECEIVED
        yield issued, TakenFrom.ISSUED

    return next(((when, which) for when, which in in_order() if when), (None, TakenFrom.NOTHING))


def _times_of(results: Iterable[Result | Unreadable]) -> Iterator[When | None]:
    for one in results:
        if isinstance(one, Result):
            yield one.taken
            yield from _times_of(one.members)


def _earliest(times: Iterable[When | None]) -> When | None:
    return min((time for time in times if time), key=lambda time: (time.instant, time.as_sent), default=None)
