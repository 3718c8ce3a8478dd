"""Show one patient's results on any page of theirs: who, then what is missing, then what the page lays out.

Rule: the banner leaves once the asking is in the log, and no result before the log holds that it is shown. Whatever
goes wrong below the banner is said there: a page that breaks off looks like a patient without results.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from typing import Any

from flask import Response, current_app, request, stream_with_context
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from viewer.access.decide import Decision
from viewer.clinical.analyte import Catalogue, CodeMap
from viewer.clinical.imaging import NO_IMAGING, Imaging
from viewer.clinical.retest_rules import RetestRules
from viewer.clinical.row import Row
from viewer.handles import Handles
from viewer.journey import results, show_again
from viewer.pages import already_done_words, since_words, words
from viewer.pages.critical_lines import critical_lines, is_unread_of_late, stands_at_the_top
from viewer.pages.opened import fetch_opened, glass_closes
from viewer.pages.page import for_every_page, looking
from viewer.pages.refusal import Refusal, refusal, refused_page
from viewer.pages.route import Asking
from viewer.pages.surprise import write_down
from viewer.pages.words import ErrorWords
from viewer.parts import Parts
from viewer.steps import Opened, Step, Tile, number_of

FLUSH = "<!-- what is above is sent at once -->"


@dataclass(frozen=True, slots=True)
class Views:
    """What the pages of one patient share."""

    parts: Parts
    handles: Handles
    never_shared: Callable[[], Sequence[str]]  # the standing sentences, the same for every patient
    log_unavailable: type[Exception]
    results: Callable[..., Iterator[Step]] = results
    show_again: Callable[..., Decision] = show_again
    catalogue: Catalogue = field(default_factory=Catalogue)
    code_maps: Mapping[str, CodeMap] = field(default_factory=dict)  # by trust, as its laboratory signed it
    notice: Callable[[str, Sequence[Row]], object] = lambda *_: None  # counts, off our path, codes that are not mapped
    already: Callable[[Opened, Step | None], Any] = lambda *_: None  # what was done lately, for the timeline
    retest: RetestRules = field(default_factory=RetestRules)
    looked: Callable[[Asking, Opened, Step], object] = lambda *_: None  # told when a page has shown all there is
    imaging: Imaging = NO_IMAGING  # by which a radiologist's word is known to be an alert

    def opened(self, asking: Asking, handle: str) -> Opened:
        """Return the patient this sign-in opened under `handle`; anybody else's handle is not found."""
        return fetch_opened(self.parts, self.handles, asking, handle)

    def steps(
        self,
        asking: Asking,
        opened: Opened,
        *,
        waits: bool,
        printing: bool = False,
        only: Callable[[Row], bool] | None = None,
        leaves_as: str = "",
    ) -> Iterator[Step]:
        """Ask the trusts for this patient's results, as the journey does."""
        again = frozenset(request.args.getlist("again"))
        chosen: dict[str, Any] = {"only": only} if only else {}
        chosen |= {"leaves_as": leaves_as} if leaves_as else {}
        steps = self.results(self.parts, looking(asking), opened, again=again, waits=waits, printing=printing, **chosen)
        return steps if waits else self._noticing(opened, steps)

    def noticed(self, opened: Opened, step: Step) -> None:
        """Have those codes counted that no map speaks of, when a page has laid them out; nobody waits for it."""
        first = opened.person.records[0]
        self.notice(number_of(opened.person) or f"{first.trust.name}/{first.id}", step.timeline.rows)

    def _noticing(self, opened: Opened, steps: Iterator[Step]) -> Iterator[Step]:
        whole: Step | None = None
        for step in steps:
            yield step
            whole = step if step.complete and not step.refused else whole
        if whole:
            self.noticed(opened, whole)

    def ended(self, asking: Asking, opened: Opened, because: str) -> Refusal:
        """Return what is said of a patient who was open, below the banner that has been sent, when they are no more."""
        return refusal(self.parts, self.handles, asking, opened.person, opened.search, because)

    def refused(self, asking: Asking, opened: Opened, because: str) -> ResponseReturnValue:
        """Say on a page of its own that a patient who was open is so no longer, and why."""
        person, search = opened.person, opened.search
        return refused_page(self.parts, self.handles, asking, person, search, because), 403

    def common(self, opened: Opened) -> dict[str, Any]:
        """Return what every page of a patient says of them."""
        return {
            "opened": opened,
            "patient": opened.person.records[0],
            "trusts": self.parts.trusts,
            "never_shared": self.never_shared(),
            "glass": glass_closes(opened),
            "already": lambda step: self.already(opened, step),
            "already_said": already_done_words,
            "said_since": since_words,
            "is_unread_of_late": is_unread_of_late,
            "already_rules": self.retest,
        }

    def whole(
        self,
        asking: Asking,
        opened: Opened,
        template: str,
        lay_out: Callable[[Step], Any],
        *,
        printing: bool = False,
        only: Callable[[Row], bool] | None = None,
        everything: bool = False,
        **values: Any,
    ) -> ResponseReturnValue:
        """Send a page once every trust has answered or will not; its banner leaves before.

        The template (see templates/patient.html) calls `state()` below the flush, and gets a Laid whose `seen` is
        what `lay_out` returns. With `only` the page shows the rows it picks and what is critical, and the log names
        those; a page that shows `everything` is a look at the whole patient, once it could be written.
        """
        steps = self.steps(asking, opened, waits=True, printing=printing, only=only and self._or_critical(asking, only))
        first = next(steps)
        if first.refused:
            return self.refused(asking, opened, first.refused)

        @cache
        def laid() -> Laid:
            try:
                *_, last = first, *steps
            except self.log_unavailable:
                return Laid((), lost=words.error(503))
            if last.refused:
                return Laid((), refused=self.ended(asking, opened, last.refused))
            found = Laid(last.tiles, last, lay_out(last), critical=lambda: self._critical(asking, opened, last))
            self.noticed(opened, last)
            return found

        def written(state: Callable[[], Laid]) -> Iterator[str]:
            filled = for_every_page(asking) | self.common(opened) | values | {"state": state}
            return current_app.jinja_env.get_template(template).generate(**filled)

        def looked_at() -> Iterator[str]:
            yield from written(laid)
            if everything and (step := laid().step):
                self.looked(asking, opened, step)

        parts = _in_parts(looked_at(), written(lambda: FAILED))
        banner = next(parts)  # a mistake of ours in this is still an error page
        return Response(stream_with_context(chain([banner], parts)), mimetype="text/html")

    def _or_critical(self, asking: Asking, only: Callable[[Row], bool]) -> Callable[[Row], bool]:
        """Return what picks the rows of a page: those that it is about, and those at the top of every page."""
        return lambda row: only(row) or stands_at_the_top(row, self.imaging, asking.today)

    def _critical(self, asking: Asking, opened: Opened, step: Step) -> list[Markup]:
        return list(critical_lines(step.timeline.rows, opened, self.imaging, asking.today))


@dataclass(frozen=True, slots=True)
class Laid:
    """A Step as a template lays it out; `step` is None while nothing has been asked yet."""

    tiles: tuple[Tile, ...]
    step: Step | None = None
    seen: Any = None  # what the page makes of it
    critical: Callable[[], Sequence[Markup]] = tuple  # the lines that stand at the top of every page
    lost: ErrorWords | None = None  # why nothing can be shown: the log could not be written, or a mistake of ours
    refused: Refusal | None = None  # why this look has ended


FAILED = Laid((), lost=words.error(500))


def _in_parts(chunks: Iterator[str], failed: Iterable[str]) -> Iterator[str]:
    """Join a template's many small chunks into what is sent at once and what is sent last.

    We do not catch what we cannot name, except here, in the stream and around one row: the banner has been sent
    by then, and a page that breaks off below it looks like a patient without results. It says `failed` instead.
    """
    yield "".join(_to_the_flush(chunks))
    try:
        rest = "".join(chunks)
    except Exception as surprise:
        write_down("a page of a patient could not be written", surprise)
        rest = "".join(failed).partition(FLUSH)[2]
    yield rest


def _to_the_flush(chunks: Iterator[str]) -> Iterator[str]:
    for chunk in chunks:
        yield chunk
        if FLUSH in chunk:
            return
