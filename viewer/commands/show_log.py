"""Say entries of the log as lines of text. Patients are left out unless they were asked for."""

from collections.abc import Iterator

from viewer.audit.entry import Entry, Record, SeenTrust
from viewer.audit.search import Found


def lines_of(found: Found, with_patients: bool) -> Iterator[str]:
    """Yield the entries, oldest first, as one reads a log."""
    if found.more:
        yield f"… earlier ones stand before entry {found.before}; --last shows more"
    for entry in reversed(found.entries):
        yield from _lines_of_entry(entry, with_patients)
    if not found.entries:
        yield "No entry."


def _lines_of_entry(entry: Entry, with_patients: bool) -> Iterator[str]:
    record = entry.record
    yield f"{entry.seq}  {record.at}  {record.event}: {record.outcome or '-'}  {_who(record)}"
    if with_patients and (record.nhs_number or record.patient):
        yield f"    patient {record.nhs_number or 'without NHS number'} {record.patient}".rstrip()
    for name, text in _particulars(record):
        yield f"    {name} {text}"


def _who(record: Record) -> str:
    if not record.user_id:
        return f"by {record.user_name or 'nobody signed in'}"
    return f"by {record.user_name} ({record.user_id}), {record.role_name} at {record.organisation}"


def _particulars(record: Record) -> Iterator[tuple[str, str]]:
    said = {
        "for": " ".join(part for part in (record.purpose, record.claim) if part),
        "because": record.because,
        "agreements": ", ".join(record.agreements),
        "searched by": record.asked_for,
        "trusts": "; ".join(_at_trust(at) for at in record.trusts),
        "reports": f"{len(record.reports)}, digest {record.digest}" if record.reports else "",
        "from": record.device,
    }
    return ((name, text) for name, text in said.items() if text)


def _at_trust(at: SeenTrust) -> str:
    shown = f" ({at.laboratory} laboratory, {at.radiology} radiology)" if at.laboratory or at.radiology else ""
    return f"{at.trust} {at.outcome}{shown}"
