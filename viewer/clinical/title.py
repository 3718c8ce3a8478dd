"""Give a report the title that people know it by.

UK Core fixes DiagnosticReport.code to "Diagnostic studies report" or "Radiology studies report", so a title
comes from there only when nothing else is left (NHS England, UK Core DiagnosticReport).
"""

from collections.abc import Sequence

from connectors.answer import Kind
from connectors.resource import CodeableConcept
from viewer.clinical.concept import text_of
from viewer.clinical.report import Result, Study, Unreadable

FIXED_CODES = frozenset({"721981007", "722124004"})
_FIXED_WORDS = frozenset({"diagnostic studies report", "radiology studies report"})

NOT_NAMED = "Name not sent"


def title_of(
    kind: Kind,
    *,
    code: CodeableConcept | None,
    results: Sequence[Result | Unreadable],
    requested: Sequence[str],
    studies: Sequence[Study],
    categories: Sequence[str],
) -> str:
    """Return the report's own name, or else its results' (laboratory), its request's, its study's; never nothing."""
    imaged = _listed([study.description or _what_was_imaged(study) for study in studies])
    found = _listed([one.name for one in results])
    asked = _listed(requested)
    choices: tuple[str, ...]
    if kind is Kind.RADIOLOGY:
        choices = (_own_name(code), asked, imaged, found)
    elif len(results) == 1:
        choices = (_own_name(code), found, asked, imaged)
    else:
        choices = (_own_name(code), _listed(_groups(results)), asked, found, imaged)
    return next(filter(None, (*choices, text_of(code), _listed(categories))), NOT_NAMED)


def _own_name(code: CodeableConcept | None) -> str:
    name = text_of(code)
    if code is None or name.strip().casefold() in _FIXED_WORDS:
        return ""
    fixed = any(coding.code in FIXED_CODES for coding in code.coding)
    return code.text if fixed else name


def _groups(results: Sequence[Result | Unreadable]) -> list[str]:
    """Return the names of the groups, when every result is one."""
    names = [one.name for one in results if isinstance(one, Result) and one.members]
    return names if len(names) == len(results) else []


def _what_was_imaged(study: Study) -> str:
    return " ".join([*study.modalities, *study.body_sites])


def _listed(names: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(name for name in names if name))
