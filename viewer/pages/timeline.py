"""The timeline of one patient: who, then what is missing, then every report, newest first.

Rule: the same address serves it whole to a browser without script and, to one with
script, as a shell at once and then each trust as it answers.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from flask import Response, redirect, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from viewer.clinical.timeline import Row
from viewer.evidence import printed_by_browser
from viewer.pages import words
from viewer.pages.filters import PERIODS, Filters, read_filters, sift
from viewer.pages.page import looking, page
from viewer.pages.route import Asking, Route, Who
from viewer.pages.rows import Written, by_day
from viewer.pages.surprise import write_down
from viewer.pages.view import Laid, Views
from viewer.steps import Opened, State, Step, Tile

Write = Callable[[Row, Opened], Written]


@dataclass(frozen=True, slots=True)
class _Timeline:
    """What the actions of this page share."""

    views: Views
    write: Write


def timeline_routes(views: Views, write: Write) -> tuple[Route, ...]:
    """Return the timeline, its filters, its stream, its print, and the action that asks a trust again."""
    shared = _Timeline(views, write)
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
            values = shared.views.common(opened) | _filtering(filters, asking) | _shell(shared, opened)
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


def _shell(shared: _Timeline, opened: Opened) -> dict[str, Any]:
    address = url_for("timeline_stream", handle=opened.handle, again=request.args.getlist("again"))
    tiles = tuple(Tile(trust, State.WAITING) for trust in shared.views.parts.trusts)
    return {"stream": address, "state": lambda: Laid(tiles, seen=_Seen())}


def _whole(shared: _Timeline, asking: Asking, opened: Opened, filters: Filters) -> ResponseReturnValue:
    return shared.views.whole(
        asking,
        opened,
        "timeline.html",
        lambda step: _seen(shared, step, opened, filters, asking),
        stream="",
        **_filtering(filters, asking),
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    """The rows that are shown, in their days, and how many are not."""

    days: Sequence[tuple[str, list[Written]]] = ()
    hidden: Mapping[str, int] = field(default_factory=dict)
    shown: int = 0


def _seen(shared: _Timeline, step: Step, opened: Opened, filters: Filters, asking: Asking) -> _Seen:
    written = [shared.write(row, opened) for row in step.timeline.rows]
    shown, hidden = sift(written, filters, asking.today)
    return _Seen(list(by_day(shown)), {str(why): count for why, count in hidden.items()}, len(shown))


# ── The stream ───────────────────────────────────────────────────────────────────────────────────


def _stream(shared: _Timeline) -> Callable[..., ResponseReturnValue]:
    def stream(asking: Asking, handle: str) -> ResponseReturnValue:
        opened = shared.views.opened(asking, handle)
        steps = shared.views.steps(asking, opened, waits=False)
        first = next(steps)
        events = stream_with_context(_events(shared, asking, opened, chain([first], steps)))
        return Response(events, mimetype="text/event-stream", headers={"X-Accel-Buffering": "no"})

    return stream


def _events(shared: _Timeline, asking: Asking, opened: Opened, steps: Iterator[Step]) -> Iterator[str]:
    """Send each Step: the strip and the sentences whole, and of the rows only what is new or has changed."""
    sent = _Sent(shared.write, opened)
    try:
        for step in steps:
            if step.refused:
                said = shared.views.ended(asking, opened, step.refused)
                yield _event(
                    "ended", {"html": page("ended.html", asking, refusal=said, trusts=shared.views.parts.trusts)}
                )
                return
            yield _event("step", _step(shared, asking, opened, sent, step))
    except shared.views.log_unavailable:
        yield _event("lost", {"why": words.broken_off(503)})
        return
    except Exception as surprise:  # see viewer/pages/view.py
        write_down("a timeline broke off", surprise)
        yield _event("lost", {"why": words.broken_off(500)})
        return
    yield _event("done", {})


def _step(shared: _Timeline, asking: Asking, opened: Opened, sent: "_Sent", step: Step) -> dict[str, Any]:
    values = shared.views.common(opened) | {"laid": Laid(step.tiles, step)}
    rows, removed = sent.news(step.timeline.rows)
    titles = {trust.name: trust.title for trust in shared.views.parts.trusts}
    return {
        "strip": page("strip.html", asking, **values),
        "summary": page("summary.html", asking, **values),
        "foot": page("accounts.html", asking, **values),
        "already": page("already_done.html", asking, **values),
        "missing": words.missing(step.tiles),
        "entry": f" · log reference {asking.view}",
        "rows": [
            {"key": row.key, "sort": row.sort, "day": row.day, "heading": words.day_heading(row.day),
             "digest": row.digest, "html": row.html, "from": titles[row.trust]}
            for row in rows
        ],
        "removed": removed,
        "waiting": words.listed([tile.trust.title for tile in step.tiles if tile.state is State.WAITING]),
        "complete": step.complete,
        "finished": words.finished(step.tiles),
    }  # fmt: skip


class _Sent:
    """Remembers what one stream has sent, so that each row is written once and sent once."""

    def __init__(self, write: Callable[[Row, Opened], Written], opened: Opened) -> None:
        self._write = write
        self._opened = opened
        self._rows: dict[str, Row] = {}

    def news(self, rows: Sequence[Row]) -> tuple[list[Written], list[str]]:
        """Return the rows that are new or changed since the last call, and the keys of those that are gone."""
        now = {row.key: row for row in rows}
        news = [self._write(row, self._opened) for key, row in now.items() if self._rows.get(key) != row]
        gone = [key for key in self._rows if key not in now]
        self._rows = now
        return news, gone


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
