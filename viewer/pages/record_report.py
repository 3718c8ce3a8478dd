"""Who viewed my record: a report for a patient, made by an information governance officer; page, paper and CSV.

Rule: the report is in the log, under the reference it carries, before it is shown. It tells what the officer's
own organisation answers for, and says what that leaves out.
"""

from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, field

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from viewer.audit.csv_safe import write_csv
from viewer.audit.entry import Entry
from viewer.audit.export import Whole, write_whole
from viewer.audit.report import MayTell, Occasion, who_viewed
from viewer.audit.search import Criteria
from viewer.clinical.nhs_number import NHSNumber, NotAnNHSNumber, read_nhs_number
from viewer.pages import ledger_search_words, ledger_words, record_report_words
from viewer.pages.ledger_search import Sought, as_typed, criteria_of, read_sought
from viewer.pages.office import Office, as_file, reference_of
from viewer.pages.page import looking, page
from viewer.pages.route import Asking, Route, Who
from viewer.pages.words import partial_date


@dataclass(frozen=True, slots=True)
class RecordReport:
    """Which report an officer has asked for; kept in the session, never in an address."""

    nhs_number: str = field(repr=False)
    since: str  # 2026-11-01, or ""
    until: str
    reference: str


@dataclass(frozen=True, slots=True)
class _Desk:
    office: Office
    named: Collection[str]  # the trusts whose reports name those who looked

    def may_tell(self, asking: Asking) -> MayTell:
        """Return what this officer's trust lets a report say, and of whom their employer lets it."""
        if self.office.scope(asking).trust not in self.named:
            return MayTell()
        return MayTell(frozenset(trust.ods for trust in self.office.trusts if trust.name in self.named), reasons=True)


def record_report_routes(office: Office, named: Collection[str]) -> tuple[Route, ...]:
    """Return the form, the report, and the report as a file."""
    desk, who = _Desk(office, named), Who.IG_OFFICERS
    return (
        Route("/record-report", "record_report", who, _ask(desk), methods=("GET", "POST")),
        Route("/record-report/<handle>", "record_report_made", who, _made(desk)),
        Route("/record-report/<handle>/report.csv", "record_report_file", who, _file(desk)),
    )


# ── Asking for it ────────────────────────────────────────────────────────────────────────────────


def _ask(desk: _Desk) -> Callable[..., ResponseReturnValue]:
    def ask(asking: Asking) -> ResponseReturnValue:
        if request.method == "GET":
            return _form(desk, asking, Sought(), {})
        sought, mistakes = _read(request.form)
        if mistakes:
            return _form(desk, asking, sought, mistakes), 400
        wanted = RecordReport(sought.nhs_number, sought.since, sought.until, reference_of(asking))
        handle = desk.office.handles.keep(looking(asking).sign_in, wanted)
        return redirect(url_for("record_report_made", handle=handle), 303)

    return ask


def _read(form: MultiDict[str, str]) -> tuple[Sought, dict[str, str]]:
    asked = MultiDict({name: form.get(name, "") for name in ("nhs_number", "since", "until")})
    sought, mistakes = read_sought(asked, ())
    if not sought.nhs_number:
        mistakes["nhs_number"] = "Enter the patient’s NHS number"
    return sought, mistakes


def _form(desk: _Desk, asking: Asking, sought: Sought, mistakes: dict[str, str]) -> str:
    return page(
        "record_report_form.html", asking,
        sought=as_typed(sought), mistakes=mistakes, of_what=desk.office.of_what(asking),
        named=bool(desk.may_tell(asking).names_of), not_covered=record_report_words.NOT_COVERED,
    )  # fmt: skip


# ── The report ───────────────────────────────────────────────────────────────────────────────────


def _made(desk: _Desk) -> Callable[..., ResponseReturnValue]:
    def made(asking: Asking, handle: str) -> ResponseReturnValue:
        wanted = _wanted(desk, asking, handle)
        entries = _entries(desk, asking, wanted)
        if entries is None:
            return _too_long(desk, asking, wanted)
        occasions = who_viewed(entries, desk.may_tell(asking))
        _log(desk, asking, wanted, entries, _table(desk, occasions), "page")
        return page(
            "record_report.html", asking,
            wanted=wanted, handle=handle, occasions=occasions, patients=_known_as(entries),
            number=_number(wanted).spaced, since=_day(wanted.since), until=_day(wanted.until),
            may_tell=desk.may_tell(asking), trusts=desk.office.trusts, of_what=desk.office.of_what(asking),
            said=record_report_words, ledger_words=ledger_words,
        )  # fmt: skip

    return made


def _file(desk: _Desk) -> Callable[..., ResponseReturnValue]:
    def file(asking: Asking, handle: str) -> ResponseReturnValue:
        wanted = _wanted(desk, asking, handle)
        entries = _entries(desk, asking, wanted)
        if entries is None:
            return _too_long(desk, asking, wanted)
        whole = _table(desk, who_viewed(entries, desk.may_tell(asking)))
        _log(desk, asking, wanted, entries, whole, "CSV")
        return as_file(whole, f"who-viewed-{wanted.reference}.csv", "text/csv")

    return file


def _wanted(desk: _Desk, asking: Asking, handle: str) -> RecordReport:
    return desk.office.handles.fetch(looking(asking).sign_in, RecordReport, handle) or abort(404)


def _criteria(desk: _Desk, asking: Asking, wanted: RecordReport) -> Criteria:
    sought = Sought(nhs_number=wanted.nhs_number, since=wanted.since, until=wanted.until)
    return criteria_of(desk.office.scope(asking), sought)


def _entries(desk: _Desk, asking: Asking, wanted: RecordReport) -> list[Entry] | None:
    """Return every entry about the patient in that time; None when they are more than one report holds."""
    return desk.office.all_of(_criteria(desk, asking, wanted))


def _too_long(desk: _Desk, asking: Asking, wanted: RecordReport) -> ResponseReturnValue:
    desk.office.own_look(asking, _asked_for(wanted, "page"), "too many", wanted.nhs_number, outcome="none found")
    return page("ledger_absent.html", asking, absent=ledger_search_words.TOO_MANY), 400


def _table(desk: _Desk, occasions: Collection[Occasion]) -> Whole:
    columns = record_report_words.TABLE
    rows = ([say(one, desk.office.trusts) for say in columns.values()] for one in occasions)
    return write_whole(write_csv(tuple(columns), rows))


def _log(desk: _Desk, asking: Asking, wanted: RecordReport, entries: list[Entry], whole: Whole, spelling: str) -> None:
    """Write the report down, with the digest of it as CSV, whether it is read as a page or taken as a file."""
    patients = _known_as(entries)
    desk.office.exported(
        asking, _asked_for(wanted, spelling), ledger_search_words.entries(len(entries)), whole.digest,
        wanted.nhs_number, patients[0] if patients else "", reference=wanted.reference,
    )  # fmt: skip


def _asked_for(wanted: RecordReport, spelling: str) -> str:
    period = asdict(Sought(since=wanted.since, until=wanted.until))
    named = ledger_search_words.sought(period, None, ()) if wanted.since or wanted.until else "all time"
    return f"who viewed this record; {named}; as {spelling}"


def _known_as(entries: list[Entry]) -> tuple[str, ...]:
    """Return every name and birth date under which the log knows the patient, the newest first."""
    return tuple(dict.fromkeys(entry.record.patient for entry in entries if entry.record.patient))


def _number(wanted: RecordReport) -> NHSNumber:
    read = read_nhs_number(wanted.nhs_number)
    return abort(404) if isinstance(read, NotAnNHSNumber) else read


def _day(day: str) -> str:
    return partial_date(day) if day else ""
