"""Put the board into words: how many are there, why nobody is listed, when and where they came.

Rule: an empty department is said only of a trust that answered in full.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from viewer.access.department import Attending
from viewer.board import Board
from viewer.clinical.around import NOTHING, around_of
from viewer.clinical.critical import criticals
from viewer.clinical.imaging import SentAlert
from viewer.clinical.newer import Newer
from viewer.clinical.patient import Patient
from viewer.clinical.report import Report
from viewer.clinical.row import Row
from viewer.pages import words
from viewer.pages.brief import brief
from viewer.steps import State, Tile

NO_DEPARTMENT = "Department not named by the trust"
HOURS = "72 hours"
NAMESAKE = "Another patient of this name and date of birth is in the department"


def heading(board: Board, listed: int) -> str:
    """Return how many people are listed, and of which trust."""
    if board.tile is None:
        return "Your organisation is not one of the trusts"
    if not listed and not board.complete:
        return f"{board.tile.trust.title}: who is in the emergency department is not known"
    return f"{board.tile.trust.title}: {listed} in the emergency department"


def gap(board: Board) -> str:
    """Return what is missing of the list, or "" when nothing is."""
    if board.tile is None:
        return "No trust was asked. Find a patient by NHS number instead"
    if board.complete:
        return ""
    if board.tile.state is State.NOT_AGREED:
        return f"{board.tile.trust.title} was not asked: {board.tile.reason}"
    said = (
        words.gap(board.tile.outcome, board.tile.reason, board.tile.at, board.tile.took) if board.tile.outcome else ""
    )
    return f"{board.tile.trust.title} did not say everything: {said}. People may be missing from this list"


def not_listed(board: Board) -> tuple[str, ...]:
    """Return what came and does not stand in the list."""
    said = []
    if count := board.never_closed:
        verb = "attendance that began" if count == 1 else "attendances that began"
        said.append(f"{count} {verb} more than 3 days ago and {'was' if count == 1 else 'were'} never closed")
    if count := board.untimely:
        are = "is" if count == 1 else "are"
        said.append(f"{count} {words.plural(count, 'attendance')} that {are} over, or at a time that cannot be right")
    if count := board.nameless:
        said.append(f"{count} {words.plural(count, 'attendance')} without a patient’s record")
    return tuple(said)


def department(name: str) -> str:
    """Return a department as the trust names it."""
    return name or NO_DEPARTMENT


def arrived(one: Attending) -> str:
    """Return when somebody came, as the trust sent it."""
    return words.when(one.arrived, one.since or "time not sent")


def how_new(found: Newer, tiles: Sequence[Tile]) -> str:
    """Return how many reports are new elsewhere; that there is nothing is said only when every trust said so."""
    count = len(found.rows)
    if not count and words.is_any_missing(tiles):
        return f"Nothing issued elsewhere in the last {HOURS} has come so far"
    lead = f"{count} {words.plural(count, 'report')}" if count else "Nothing"
    return f"{lead} issued elsewhere in the last {HOURS}"


def line(row: Row, flagged: bool, alerts: Sequence[SentAlert] = ()) -> str:
    """Return one new report in a line: what, where, when, its status unless final, and what in it must not wait."""
    report = row.report
    issued = f"issued {words.when(report.issued, '')}" if report.issued else "time of issue not sent"
    said = [report.title, report.trust.title, issued]
    if words.status_look(report.status) != "plain":
        said.append(words.status(report.status, report.status_as_sent))
    return " · ".join((*said, *map(_alert, alerts), *_flag(report, flagged)))


def _alert(sent: SentAlert) -> str:
    said, marked = words.alert(sent), words.alert_as_sent(sent)
    return f"marked {said.lower()} in the report" if sent.as_sent == said else f"{said.lower()}, {marked}"


def _flag(report: Report, flagged: bool) -> tuple[str, ...]:
    """Return whether the laboratory flagged anything as critical, by the rule of the timeline, or at all."""
    around = around_of(report.results)
    found = [brief(one, report, around.get(one.id, NOTHING)) for one in criticals(report)]
    if found:
        was_taken_back = all(one.instead for one in found)
        return (f"flagged as critical by the laboratory{', and cancelled' if was_taken_back else ''}",)
    return ("flagged by the laboratory",) if flagged else ()


def namesakes(patients: Iterable[Patient]) -> frozenset[tuple[str, str]]:
    """Return every name and date of birth that several of these patients have."""
    counts = Counter(map(name_and_birth, patients))
    return frozenset(one for one, count in counts.items() if count > 1 and all(one))


def name_and_birth(patient: Patient) -> tuple[str, str]:
    """Return what two patients may have in common so that one is taken for the other."""
    return words.full_name(patient.name).casefold(), patient.born


def told_apart(patient: Patient) -> str:
    """Name a patient for a button that is heard and not seen, so that no two on one list sound the same."""
    number = patient.nhs_number.spaced if patient.nhs_number else "not known"
    return f"{words.full_name(patient.name)}, NHS number {number}"
