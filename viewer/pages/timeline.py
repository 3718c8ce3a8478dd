"""The timeline of one patient: who, then what is missing, then every report, newest first.

Rule: the same address serves it whole to a browser without script and, to one with
script, as a shell at once and then each trust as it answers.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from typing import Any

from flask import Response, redirect, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from viewer.clinical.changes import Before, Change, change_of
from viewer.clinical.timeline import Row
from viewer.evidence import printed_by_browser
from viewer.pages import since_words, words
from viewer.pages.critical_lines import is_recent, is_unread_of_late
from viewer.pages.filters import PERIODS, Filters, read_filters, sift
from viewer.pages.page import looking, page
from viewer.pages.route import Asking, Route, Who
from viewer.pages.row_html import anchor
from viewer.pages.rows import Written, by_day
from viewer.pages.sent_rows import SentRows, Write, in_parts
from viewer.pages.surprise import write_down
from viewer.pages.view import Laid, Views
from viewer.seen import Seen
from viewer.steps import Opened, State, Step, Tile


@dataclass(frozen=True, slots=True)
class _Timeline:
    """What the actions of this page share."""

    views: Views
    write: Write
    seen: Seen | None = None  # what was shown before; None when it is not kept

    def memory(self, asking: Asking, opened: Opened) -> Callable[[], Before]:
        """Begin to read what was shown of this patient before; what is returned waits for it a moment."""
        return self.seen.begin(looking(asking).who, opened).now if self.seen else Before

    def note(
        self, asking: Asking, opened: Opened, rows: Sequence[Row], tiles: Sequence[Tile], behind: Set[str] = frozenset()
    ) -> None:
        """Remember that these rows were shown, and whose are not all among them: the log holds it by now."""
        if self.seen and rows:
            without = {tile.trust.name for tile in tiles if tile.state in (State.WAITING, State.GAP)}
            self.seen.note(looking(asking).who, opened, rows, without | behind)

    @property
    def titles(self) -> dict[str, str]:
        """Return what each trust is called."""
        return {trust.name: trust.title for trust in self.views.parts.trusts}


def timeline_routes(views: Views, write: Write, seen: Seen | None = None) -> tuple[Route, ...]:
    """Return the timeline, its filters, its stream, its print, and the action that asks a trust again."""
    shared = _Timeline(views, write, seen)
    return (
        Route("/patients/<handle>", "timeline", Who.CLINICIANS, _show(shared)),
        Route("/patients/<handle>", "timeline_filtered", Who.CLINICIANS, _filtered(shared), methods=("POST",)),
        Route("/patients/<handle>/stream", "timeline_stream", Who.CLINICIANS, _stream(shared)),
        Route("/patients/<handle>/print", "timeline_print", Who.CLINICIANS, _print(shared)),
        Route("/patients/<handle>/printed", "timeline_printed", Who.CLINICIANS, _printed(shared), methods=("POST",)),
        Route("/patients/<handle>/again", "ask_again", Who.CLINICIANS, _again(shared), methods=("POST",)),
    )


# ── The page ─────────────────────────────────────────────────────────────────────────────────────


def _show(shared: _Timeline) -> Callable[..., ResponseReturnValue]:
    def show(asking: Asking, handle: str) -> ResponseReturnValue:
        opened = shared.views.opened(asking, handle)
        filters = read_filters(request.args, shared.views.parts.trusts)
        if request.cookies.get("script") == "1" and request.args.get("whole") != "1":
            # The banner stands there before the stream has asked anybody.
            decision = shared.views.show_again(shared.views.parts, looking(asking), opened)
            if not decision.allowed:
                return shared.views.refused(asking, opened, decision.because)
            values = shared.views.common(opened) | _filtering(filters, asking) | _shell(shared, opened, filters)
            return page("timeline.html", asking, **values)
        return _whole(shared, asking, opened, filters)

    return show


def _filtered(shared: _Timeline) -> Callable[..., ResponseReturnValue]:
    """Show the whole page filtered by a form: what is typed there may be a name or a number, and has no address."""

    def show(asking: Asking, handle: str) -> ResponseReturnValue:
        opened = shared.views.opened(asking, handle)
        filters = read_filters(request.form, shared.views.parts.trusts, request.form.get("find", ""))
        return _whole(shared, asking, opened, filters)

    return show


def _filtering(filters: Filters, asking: Asking) -> dict[str, Any]:
    periods = [(name, label, Filters(period=name).since(asking.today)) for name, (label, _) in PERIODS.items()]
    return {"filters": filters, "periods": periods}


def _shell(shared: _Timeline, opened: Opened, filters: Filters) -> dict[str, Any]:
    again = request.args.getlist("again")
    address = url_for("timeline_stream", handle=opened.handle, again=again, **filters.in_address)
    tiles = tuple(Tile(trust, State.WAITING) for trust in shared.views.parts.trusts)
    return {"stream": address, "state": lambda: Laid(tiles, seen=_Seen())}


def _whole(shared: _Timeline, asking: Asking, opened: Opened, filters: Filters) -> ResponseReturnValue:
    memory = shared.memory(asking, opened)
    return shared.views.whole(
        asking,
        opened,
        "timeline.html",
        lambda step: _seen(shared, step, opened, filters, asking, memory()),
        everything=not filters,
        stream="",
        **_filtering(filters, asking),
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    """The rows that are shown, in their days, how many are not, and what stands at the top whatever is filtered."""

    days: Sequence[tuple[str, list[Written]]] = ()
    hidden: Mapping[str, int] = field(default_factory=dict)
    shown: int = 0
    critical: Sequence[Written] = ()
    corrected: Sequence[Written] = ()
    corrected_heading: str = ""
    news: str = ""
    first_new: str = ""  # the name of its row within the page, when it is shown


def _seen(
    shared: _Timeline, step: Step, opened: Opened, filters: Filters, asking: Asking, before: Before | None = None
) -> _Seen:
    before = before or Before()
    found = {row.key: change_of(row, before, opened.at) for row in step.timeline.rows}
    written = [shared.write(row, opened, found[row.key]) for row in step.timeline.rows]
    shown, hidden = sift(written, filters, asking.today)
    keys = {row.key for row in shown}
    critical = _newest_first(row for row in written if is_pinned(row, asking.today))
    corrected = _newest_first(row for row in written if row.corrected)
    keys |= {row.key for row in (*critical, *corrected)}
    shared.note(asking, opened, [row for row in step.timeline.rows if row.key in keys], step.tiles)
    days = list(by_day(shown))
    new = (row.key for _, rows in days for row in rows if row.since == Change.NEW)
    return _Seen(
        days,
        {str(why): count for why, count in hidden.items()},
        len(shown),
        critical,
        corrected,
        since_words.corrected_heading(before, shared.titles),
        since_words.news(before, [one for one in found.values() if one], shared.titles),
        next(map(anchor, new), ""),
    )


def is_pinned(row: Written, today: date) -> bool:
    """Say whether a row stands at the top: something in it is critical, and it is not known to be old."""
    return bool(row.pinned) and is_recent(row.day, today)


def _newest_first(rows: Iterable[Written]) -> list[Written]:
    return sorted(rows, key=lambda row: row.sort, reverse=True)


# ── The stream ───────────────────────────────────────────────────────────────────────────────────


def _stream(shared: _Timeline) -> Callable[..., ResponseReturnValue]:
    def stream(asking: Asking, handle: str) -> ResponseReturnValue:
        opened = shared.views.opened(asking, handle)
        is_shown, whole = _sieve(shared, asking)
        sent = SentRows(shared.write, opened, shared.memory(asking, opened), is_shown)
        steps = shared.views.steps(asking, opened, waits=False)
        first = next(steps)
        events = stream_with_context(_events(shared, asking, opened, chain([first], steps), sent, whole=whole))
        return Response(events, mimetype="text/event-stream", headers={"X-Accel-Buffering": "no"})

    return stream


def _sieve(shared: _Timeline, asking: Asking) -> tuple[Callable[[Written], bool], bool]:
    """Return what says whether a row is shown, by what was chosen before the browser asked, and whether all are.

    What stands at the top nothing hides. Which words are sought the browser does not say, only that there are some.
    """
    filters, words_sought = read_filters(request.args, shared.views.parts.trusts), "words" in request.args

    def is_shown(row: Written) -> bool:
        at_top = is_pinned(row, asking.today) or bool(row.corrected)
        return at_top or not (words_sought or filters.hides(row, asking.today))

    return is_shown, not (filters or words_sought)


def _events(
    shared: _Timeline, asking: Asking, opened: Opened, steps: Iterator[Step], sent: SentRows, *, whole: bool
) -> Iterator[str]:
    """Send each Step: the strip and the sentences whole, and of the rows only what is new or has changed."""
    try:
        for step in steps:
            if step.refused:
                said = shared.views.ended(asking, opened, step.refused)
                yield _event(
                    "ended", {"html": page("ended.html", asking, refusal=said, trusts=shared.views.parts.trusts)}
                )
                return
            yield from _step(shared, asking, opened, sent, step)
            if whole and not sent.behind:
                shared.views.looked(asking, opened, step)
    except shared.views.log_unavailable:
        yield _event("lost", {"why": words.broken_off(503)})
        return
    except Exception as surprise:  # see viewer/pages/view.py
        write_down("a timeline broke off", surprise)
        yield _event("lost", {"why": words.broken_off(500)})
        return
    finally:  # also when the browser goes away half-way: what it has been sent to show counts as shown
        shared.note(asking, opened, sent.shown, sent.tiles, sent.behind)
    yield _event("done", {})


def _step(shared: _Timeline, asking: Asking, opened: Opened, sent: SentRows, step: Step) -> Iterator[str]:
    """Yield one Step: all that is said of it with the first of its rows, then the rest of them while it holds.

    Who asks a trust again has its rows before them: then they are replaced together.
    """
    again = bool(request.args.getlist("again"))
    fresh, removed = sent.take(step)
    first, *others = in_parts(fresh, lambda row: again or sent.is_for_the_top(row, asking.today))
    following = sum(map(len, others))
    rows = {"rows": _rows(shared, asking, sent.write(first)), "following": following, "removed": removed}
    yield _event("step", _around(shared, asking, opened, sent, step) | rows)
    for part in others:
        if step.is_overtaken():  # a slow line takes long over thousands
            return
        following -= len(part)
        yield _event("rows", {"rows": _rows(shared, asking, sent.write(part)), "following": following})


def _around(shared: _Timeline, asking: Asking, opened: Opened, sent: SentRows, step: Step) -> dict[str, Any]:
    """Return all that is said of a Step around its rows."""
    values = shared.views.common(opened) | {"laid": Laid(step.tiles, step)}
    return {
        "strip": page("strip.html", asking, **values),
        "summary": page("summary.html", asking, **values),
        "foot": page("accounts.html", asking, **values),
        "already": page("already_done.html", asking, **values),
        "missing": words.missing(step.tiles),
        "none_critical": since_words.nothing_critical(
            step.tiles, unread=is_unread_of_late(step.timeline, asking.today)
        ),
        "entry": f" · log reference {asking.view}",
        **_news(shared, sent, step),
        "waiting": words.listed([tile.trust.title for tile in step.tiles if tile.state is State.WAITING]),
        "complete": step.complete,
        "finished": words.finished(step.tiles),
    }


def _rows(shared: _Timeline, asking: Asking, rows: Iterable[Written]) -> list[dict[str, Any]]:
    titles = shared.titles
    return [
        {"key": row.key, "sort": row.sort, "day": row.day, "heading": words.day_heading(row.day),
         "digest": row.digest, "html": row.html, "from": titles[row.trust]} | _beside(row, asking.today)
        for row in rows
    ]  # fmt: skip


def _news(shared: _Timeline, sent: SentRows, step: Step) -> dict[str, str]:
    """Return how much is new, as soon as there is anything to say it of."""
    if not (step.complete or sent.rows):
        return {"news": "", "corrected": ""}
    return {
        "news": since_words.news(sent.before, sent.changes, shared.titles),
        "corrected": since_words.corrected_heading(sent.before, shared.titles),
    }


def _beside(row: Written, today: date) -> dict[str, Any]:
    """Return what else the page goes by, of the few rows of which there is anything."""
    said = {
        "since": row.since,
        "wordy": not row.carries,
        "critical": row.pinned if is_pinned(row, today) else "",
        "corrected": row.corrected,
        "also": row.also,
    }
    return {name: value for name, value in said.items() if value}


def _event(name: str, content: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(content)}\n\n"


# ── On paper ─────────────────────────────────────────────────────────────────────────────────────


def _print(shared: _Timeline) -> Callable[..., ResponseReturnValue]:
    """Show everything there is, laid out for paper, once the log says that it is printed."""

    def show(asking: Asking, handle: str) -> ResponseReturnValue:
        opened = shared.views.opened(asking, handle)
        *_, last = shared.views.steps(asking, opened, waits=True, printing=True)
        if last.refused:
            return shared.views.refused(asking, opened, last.refused)
        seen = _seen(shared, last, opened, Filters(), asking)
        values = shared.views.common(opened) | {"laid": Laid(last.tiles, last, seen)}
        return page("print.html", asking, **values)

    return show


def _printed(shared: _Timeline) -> Callable[..., ResponseReturnValue]:
    """Take a browser’s word that it prints a timeline: what stands there was logged when it was shown."""

    def printed(asking: Asking, handle: str) -> ResponseReturnValue:
        opened = shared.views.opened(asking, handle)
        shared.views.parts.append(printed_by_browser(looking(asking), opened, shared.views.parts.clock()))
        return Response(status=204)

    return printed


# ── Ask again ────────────────────────────────────────────────────────────────────────────────────


def _again(shared: _Timeline) -> Callable[..., ResponseReturnValue]:
    def again(asking: Asking, handle: str) -> ResponseReturnValue:
        opened = shared.views.opened(asking, handle)
        known = {trust.name for trust in shared.views.parts.trusts}
        wanted = [name for name in request.form.getlist("trust") if name in known]
        return redirect(url_for("timeline", handle=opened.handle, again=wanted), 303)

    return again
