"""Say of a report what it is, when it was taken and issued, and what of it stands elsewhere.

Rule: what was sent is said as it was sent, and unknown is said to be unknown.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import assert_never

from connectors.answer import GAPS, Kind
from viewer.clinical.report import Report, Result, Status, Study, TakenFrom, Unreadable
from viewer.clinical.timed import own_time
from viewer.clinical.timeline import Account, Gap
from viewer.pages.saying.english import plural
from viewer.pages.saying.kinds import after_the_first, is_reported, modalities, not_reported
from viewer.pages.saying.people import in_doubt
from viewer.pages.saying.times import sent_time, when
from viewer.pages.saying.trusts import outcome, telephone


def kind(of: Kind) -> str:
    """Say a kind in full."""
    match of:
        case Kind.DEMOGRAPHICS:
            return "Demographics"
        case Kind.LABORATORY:
            return "Laboratory"
        case Kind.RADIOLOGY:
            return "Radiology"
        case _:
            assert_never(of)


def kind_letters(of: Kind) -> str:
    """Say a kind in a narrow column."""
    match of:
        case Kind.DEMOGRAPHICS:
            return "DEM"
        case Kind.LABORATORY:
            return "LAB"
        case Kind.RADIOLOGY:
            return "RAD"
        case _:
            assert_never(of)


def status(of: Status, as_sent: str = "") -> str:
    """Say a status; a word FHIR does not have is quoted."""
    match of:
        case Status.REGISTERED:
            return "Registered"
        case Status.PARTIAL:
            return "Partial"
        case Status.PRELIMINARY:
            return "Preliminary"
        case Status.FINAL:
            return "Final"
        case Status.AMENDED:
            return "Amended"
        case Status.CORRECTED:
            return "Corrected"
        case Status.APPENDED:
            return "Appended"
        case Status.CANCELLED:
            return "Cancelled"
        case Status.ENTERED_IN_ERROR:
            return "Entered in error"
        case Status.UNKNOWN:
            return f"Status “{as_sent}”" if as_sent not in {"", "unknown"} else "Status not known"
        case _:
            assert_never(of)


def report_status(of: Report) -> str:
    """Say a report's status; of a study that came alone from a trust that sent only part, it is not known."""
    return status(Status.UNKNOWN) if _may_be_reported(of) else status(of.status, of.status_as_sent)


def stands(of: Report) -> str:
    """Say a report's status where nothing else says that it may have been corrected since."""
    said = report_status(of)
    return f"{said}, may have been corrected" if of.of_part and not _may_be_reported(of) else said


def _may_be_reported(of: Report) -> bool:
    """Tell whether a report stands for a study alone, and its own report may be in the part that did not come."""
    return of.of_part and of.status is Status.REGISTERED and of.id.startswith("ImagingStudy/")


def status_look(of: Status) -> str:
    """Name how a status looks: final is plain, what may change has a dashed edge, what has changed is purple."""
    match of:
        case Status.FINAL:
            return "plain"
        case Status.REGISTERED | Status.PARTIAL | Status.PRELIMINARY | Status.UNKNOWN:
            return "dashed"
        case Status.AMENDED | Status.CORRECTED | Status.APPENDED:
            return "changed"
        case Status.CANCELLED | Status.ENTERED_IN_ERROR:
            return "boxed"
        case _:
            assert_never(of)


def taken(of: TakenFrom) -> str:
    """Say which time a row stands at, when it is not the time the specimen was taken or the image made."""
    match of:
        case TakenFrom.SPECIMEN:
            return "specimen collected"
        case TakenFrom.EFFECTIVE:
            return "time of test as sent"
        case TakenFrom.IMAGED:
            return "imaged"
        case TakenFrom.RECEIVED:
            return "received by the laboratory"
        case TakenFrom.ISSUED:
            return "time issued; time taken not sent"
        case TakenFrom.NOTHING:
            return "no time sent"
        case _:
            assert_never(of)


def taken_note(report: Report) -> str:
    """Say what a row's time is, when it needs saying."""
    plain = report.taken_from in {TakenFrom.SPECIMEN, TakenFrom.IMAGED}
    notes = [] if plain else [taken(report.taken_from)]
    if report.taken is not None and not report.taken.zoned:
        notes.append("no time zone sent")
    if report.taken is not None and report.taken.until:
        notes.append(f"to {sent_time(report.taken.until)}")
    return "; ".join(notes)


def specimens(report: Report) -> str:
    """Say what was taken from the patient, and from where: Serum; Urine, left ureter."""
    kinds = (", ".join(filter(None, (one.type, one.body_site))) for one in report.specimens)
    return "; ".join(dict.fromkeys(filter(None, kinds)))


def particulars(result: Result, report: Report, since: timedelta | None = None) -> tuple[str, ...]:
    """Say of a result what its report does not: its own time, the method, where on the body, which specimen.

    `since` is how long after the first of several like it the result was taken.
    """
    if not (result.taken or result.effective or result.method or result.body_site or result.specimen):
        return ()
    said = (
        *_times(result, report, since),
        f"method: {result.method}" if result.method else "",
        f"site: {result.body_site}" if result.body_site else "",
        f"specimen: {_specimen(result.specimen, report)}" if _needs_its_specimen(result, report) else "",
    )
    return tuple(filter(None, said))


def _times(result: Result, report: Report, since: timedelta | None) -> Iterator[str]:
    own = own_time(result)
    differs = own is not None and own != report.taken and when(own) != when(report.taken)
    if differs or since is not None:
        yield f"taken {when(own)}"
    if since is not None:
        yield after_the_first(since)
    if result.effective is not None:
        yield f"its specimen collected {when(result.taken)}"


def _needs_its_specimen(result: Result, report: Report) -> bool:
    return bool(result.specimen) and [one.id for one in report.specimens] != [result.specimen]


def _specimen(id_: str, report: Report) -> str:
    named = next((one for one in report.specimens if one.id == id_), None)
    return ", ".join(filter(None, (named.type, named.body_site))) or id_ if named else id_


def study(of: Study, report: Report) -> str:
    """Say what was imaged, and whether a report of it has come."""
    what = "Imaged" if is_reported(report) else not_reported(report)
    description = of.description if of.description != report.title else ""
    particulars = (description, modalities(of), ", ".join(of.body_sites))
    return ": ".join(filter(None, (what, "; ".join(dict.fromkeys(filter(None, particulars))))))


def elsewhere(report: Report) -> str:
    """Say what of a report does not stand on its row: attachments, or all of it."""
    count = len(report.attachments)
    parts = [f"{count} {plural(count, 'attachment')}."] if count else []
    if is_told_on_row(report):
        return " ".join(parts)
    if report.narrative:
        parts.append("Its text stands in the whole report.")
    elif not report.studies:
        parts.append("No values and no text were sent.")
    return " ".join(parts)


def is_told_on_row(report: Report) -> bool:
    """Say whether a row has anything that its report says; its own text, if it has one, may still say more."""
    return bool(report.results or report.conclusion or report.addenda or report.notes)


def whole_report(*, more: bool) -> str:
    """Return the words of the link from a row to its whole report, whose own text may say more than the row."""
    return "More in the whole report" if more else "Whole report"


SOUGHT_ELSEWHERE = "The words sought stand in the whole report."  # static/timeline.js says the same


def unreadable(of: Unreadable) -> str:
    """Name what could not be read, and why."""
    return f"{of.kind} {of.id or 'without an id'} from {of.trust.title} could not be read: {of.problem}"


REPORT_UNREAD = "The report that names this could not be read: it may have been corrected or withdrawn."


def in_part(of: Report) -> str:
    """Say that a newer version may be in what did not come; "" when the trust sent all that it holds."""
    if not of.of_part:
        return ""
    return f"{of.trust.title} sent only part of what it holds: this may have been corrected or withdrawn since."


def withdrawn(of: Report) -> str:
    """Say that a report was entered in error."""
    return f"{of.trust.title} has marked this report as entered in error"


def looks_like(title: str, other: Report | None = None) -> str:
    """Say that a report of this trust looks like this one, and nothing proves it; `other` is named where it is known.

    What was not chosen to leave is not named: its trust alone is.
    """
    which = f" ({other.title}, taken {when(other.taken)})" if other else ""
    return f"Looks like a report from {title}{which}; nothing proves that it is the same."


def unwritten(of: Report) -> str:
    """Name a report that came and that we failed to write on the page."""
    return (
        f"{of.id} from {of.trust.title} could not be written on the page: our mistake."
        f" Ask the laboratory what it says: telephone {telephone(of.trust.telephone)}"
    )


def account(of: Account, gap: Gap | None = None) -> str:
    """Prove on one line that all a trust sent (and may be shown) is accounted for; of a gap, that nothing came."""
    received = of.received - of.withheld
    if gap is not None and not received:
        if gap.doubt and gap.outcome not in GAPS:
            return f"not shown: {in_doubt(gap.doubt)}"
        return f"not obtained: {outcome(gap.outcome)}"
    return (
        f"{received:,} received = {of.shown:,} shown + {of.folded:,} {plural(of.folded, 'copy', 'copies')} + "
        f"{of.superseded:,} earlier {plural(of.superseded, 'version')} + {of.unreadable:,} unreadable"
    )
