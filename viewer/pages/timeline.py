"""The timeline of one patient: who, then what is missing, then every report, newest first.

Rule: the same address serves it whole to a browser without script and, to one with
script, as a shell at once and then each trust as it answers.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any

from flask import Response, current_app, redirect, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from viewer.access.decide import Decision
from viewer.clinical.timeline import Row
from viewer.evidence import printed_by_browser
from viewer.handles import Handles
from viewer.journey import results, show_again
from viewer.pages import words
from viewer.pages.filters import PERIODS, Filters, read_filters, sift
from viewer.pages.opened import fetch_opened, glass_closes
from viewer.pages.page import for_every_page, looking, page
from viewer.pages.refusal import Refusal, refusal, refused_page
from viewer.pages.route import Asking, Route, Who
from viewer.pages.rows import Written, by_day
from viewer.pages.surprise import write_down
from viewer.pages.words import ErrorWords
from viewer.parts import Parts
from viewer.steps import Opened, State, Step, Tile

FLUSH = "<!-- what is above is sent at once -->"


@dataclass(frozen=True, slots=True)
class _Timeline:
    """What the actions of this page share."""

    parts: Parts
    handles: Handles
    never_shared: Callable[[], Sequence[str]]  # the standing sentences, the same for every patient
    write: Callable[[Row, Opened], Written]
    log_unavailable: type[Exception]
    results: Callable[..., Iterator[Step]]
    show_again: Callable[..., Decision]

    def opened(self, asking: Asking, handle: str) -> Opened:
        """Return the patient this sign-in opened under `handle`; anybody else's handle is not found."""
        return fetch_opened(self.parts, self.handles, asking, handle)

    def steps(self, asking: Asking, opened: Opened, *, waits: bool, printing: bool = False) -> Iterator[Step]:
        again = frozenset(request.args.getlist("again"))
        look = looking(asking)
        return self.results(self.parts, look, opened, again=again, waits=waits, printing=printing)

    def ended(self, asking: Asking, opened: Opened, because: str) -> Refusal:
        """Return what is said of a patient who was open, below the banner that has been sent, when they are no more."""
        return refusal(self.parts, self.handles, asking, opened.person, opened.search, because)

    def refused(self, asking: Asking, opened: Opened, because: str) -> ResponseReturnValue:
        """Say on a page of its own that a patient who was open is so no longer, and why."""
        person, search = opened.person, opened.search
        return refused_page(self.parts, self.handles, asking, person, search, because), 403


def timeline_routes(
    parts: Parts,
    handles: Handles,
    never_shared: Callable[[], Sequence[str]],
    write: Callable[[Row, Opened], Written],
    log_unavailable: type[Exception],
    *,
    results: Callable[..., Iterator[Step]] = results,
    show_again: Callable[..., Decision] = show_again,
) -> tuple[Route, ...]:
    """Return the timeline, its filters, its stream, its print, and the action that asks a trust again."""
    shared = _Timeline(parts, handles, never_shared, write, log_unavailable, results, show_again)
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
        opened = shared.opened(asking, handle)
        filters = read_filters(request.args, shared.parts.trusts)
        if request.cookies.get("script") == "1" and request.args.get("whole") != "1":
            # The banner stands there before the stream has asked anybody.
            decision = shared.show_again(shared.parts, looking(asking), opened)
            if not decision.allowed:
                return shared.refused(asking, opened, decision.because)
            return page("timeline.html", asking, **_common(shared, opened, filters, asking), **_shell(shared, opened))
        return _whole(shared, asking, opened, filters)

    return show


def _filtered(shared: _Timeline) -> Callable[..., ResponseReturnValue]:
    """Show the whole page filtered by a form: what is typed there may be a name or a number, and has no address."""

    def show(asking: Asking, handle: str) -> ResponseReturnValue:
        opened = shared.opened(asking, handle)
        filters = read_filters(request.form, shared.parts.trusts, request.form.get("find", ""))
        return _whole(shared, asking, opened, filters)

    return show


def _common(shared: _Timeline, opened: Opened, filters: Filters, asking: Asking) -> dict[str, Any]:
    return {
        "opened": opened,
        "patient": opened.person.records[0],
        "trusts": shared.parts.trusts,
        "filters": filters,
        "periods": [(name, label, Filters(period=name).since(asking.today)) for name, (label, _) in PERIODS.items()],
        "never_shared": shared.never_shared(),
        "glass": glass_closes(opened),
    }


def _shell(shared: _Timeline, opened: Opened) -> dict[str, Any]:
    address = url_for("timeline_stream", handle=opened.handle, again=request.args.getlist("again"))
    tiles = tuple(Tile(trust, State.WAITING) for trust in shared.parts.trusts)
    return {"stream": address, "state": lambda: _Laid(tiles, None, (), {}, 0)}


def _whole(shared: _Timeline, asking: Asking, opened: Opened, filters: Filters) -> ResponseReturnValue:
    """Send the banner as soon as the asking is in the log, and the rest when every trust has answered or will not."""
    steps = shared.steps(asking, opened, waits=True)
    first = next(steps)
    if first.refused:
        return shared.refused(asking, opened, first.refused)

    @cache
    def laid() -> "_Laid":
        try:
            *_, last = first, *steps
        except shared.log_unavailable:
            return _Laid((), None, (), {}, 0, lost=words.error(503))
        if last.refused:
            return _Laid((), None, (), {}, 0, refused=shared.ended(asking, opened, last.refused))
        return _laid(shared, last, opened, filters, asking)

    def written(state: "Callable[[], _Laid]") -> Iterator[str]:
        values = _common(shared, opened, filters, asking) | {"stream": "", "state": state}
        return current_app.jinja_env.get_template("timeline.html").generate(**for_every_page(asking), **values)

    parts = _in_parts(written(laid), written(lambda: _FAILED))
    banner = next(parts)  # a mistake of ours in this is still an error page
    return Response(stream_with_context(chain([banner], parts)), mimetype="text/html")


def _in_parts(chunks: Iterator[str], failed: Iterable[str]) -> Iterator[str]:
    """Join a template's many small chunks into what is sent at once and what is sent last.

    We do not catch what we cannot name, except here, in the stream and around one row: the banner has been sent
    by then, and a page that breaks off below it looks like a patient without results. It says `failed` instead.
    """
    yield "".join(_to_the_flush(chunks))
    try:
        rest = "".join(chunks)
    except Exception as surprise:
        write_down("a timeline could not be written", surprise)
        rest = "".join(failed).partition(FLUSH)[2]
    yield rest


def _to_the_flush(chunks: Iterator[str]) -> Iterator[str]:
    for chunk in chunks:
        yield chunk
        if FLUSH in chunk:
            return


@dataclass(frozen=True, slots=True)
class _Laid:
    """A Step as the template lays it out; `step` is None while nothing has been asked yet."""

    tiles: tuple[Tile, ...]
    step: Step | None
    days: Sequence[tuple[str, list[Written]]]
    hidden: dict[str, int]
    shown: int
    lost: ErrorWords | None = None  # why nothing can be shown: the log could not be written, or a mistake of ours
    refused: Refusal | None = None  # why this look has ended


_FAILED = _Laid((), None, (), {}, 0, lost=words.error(500))


def _laid(shared: _Timeline, step: Step, opened: Opened, filters: Filters, asking: Asking) -> _Laid:
    written = [shared.write(row, opened) for row in step.timeline.rows]
    shown, hidden = sift(written, filters, asking.today)
    return _Laid(step.tiles, step, list(by_day(shown)), {str(why): count for why, count in hidden.items()}, len(shown))


# ── The stream ───────────────────────────────────────────────────────────────────────────────────


def _stream(shared: _Timeline) -> Callable[..., ResponseReturnValue]:
    def stream(asking: Asking, handle: str) -> ResponseReturnValue:
        opened = shared.opened(asking, handle)
        steps = shared.steps(asking, opened, waits=False)
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
                said = shared.ended(asking, opened, step.refused)
                yield _event("ended", {"html": page("ended.html", asking, refusal=said, trusts=shared.parts.trusts)})
                return
            yield _event("step", _step(shared, asking, opened, sent, step))
    except shared.log_unavailable:
        yield _event("lost", {"why": words.broken_off(503)})
        return
    except Exception as surprise:  # see _in_parts
        write_down("a timeline broke off", surprise)
        yield _event("lost", {"why": words.broken_off(500)})
        return
    yield _event("done", {})


def _step(shared: _Timeline, asking: Asking, opened: Opened, sent: "_Sent", step: Step) -> dict[str, Any]:
    values = _common(shared, opened, Filters(), asking) | {
        "laid": _Laid(step.tiles, step, (), {}, len(step.timeline.rows)),
    }
    rows, removed = sent.news(step.timeline.rows)
    titles = {trust.name: trust.title for trust in shared.parts.trusts}
    return {
        "strip": page("strip.html", asking, **values),
        "summary": page("summary.html", asking, **values),
        "foot": page("accounts.html", asking, **values),
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
        opened = shared.opened(asking, handle)
        *_, last = shared.steps(asking, opened, waits=True, printing=True)
        if last.refused:
            return shared.refused(asking, opened, last.refused)
        filters = Filters()
        values = _common(shared, opened, filters, asking) | {"laid": _laid(shared, last, opened, filters, asking)}
        return page("print.html", asking, **values)

    return show


def _printed(shared: _Timeline) -> Callable[..., ResponseReturnValue]:
    """Take a browser’s word that it prints a timeline: what stands there was logged when it was shown."""

    def printed(asking: Asking, handle: str) -> ResponseReturnValue:
        opened = shared.opened(asking, handle)
        shared.parts.append(printed_by_browser(looking(asking), opened, shared.parts.clock()))
        return Response(status=204)

    return printed


# ── Ask again ────────────────────────────────────────────────────────────────────────────────────


def _again(shared: _Timeline) -> Callable[..., ResponseReturnValue]:
    def again(asking: Asking, handle: str) -> ResponseReturnValue:
        opened = shared.opened(asking, handle)
        known = {trust.name for trust in shared.parts.trusts}
        wanted = [name for name in request.form.getlist("trust") if name in known]
        return redirect(url_for("timeline", handle=opened.handle, again=wanted), 303)

    return again
