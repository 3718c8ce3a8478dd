"""Find the sections of a text that was sent as one, and the lines in it that are set in columns.

Rule: nothing is moved and not a character is lost: the sections, one after the other, are the text as it was sent.
A heading is a line of its own that says one of the words below and no more; what only begins a line is not one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# As radiologists and pathologists write them (RCR and RCPath reporting guidance; reports seen on the wire).
HEADINGS = frozenset(
    {
        *("HISTORY", "CLINICAL HISTORY", "CLINICAL DETAILS", "CLINICAL INFORMATION", "CLINICAL INDICATION"),
        *("INDICATION", "TECHNIQUE", "PROCEDURE", "EXAMINATION", "COMPARISON", "CONTRAST", "PROTOCOL"),
        *("REPORT", "FINDINGS", "IMPRESSION", "CONCLUSION", "CONCLUSIONS", "OPINION", "SUMMARY", "RECOMMENDATION"),
        *("RECOMMENDATIONS", "COMMENT", "COMMENTS", "ADVICE", "SPECIMEN", "SPECIMENS", "NATURE OF SPECIMEN"),
        *("MACROSCOPY", "MACROSCOPIC", "MACROSCOPIC DESCRIPTION", "GROSS DESCRIPTION", "MICROSCOPY", "MICROSCOPIC"),
        *("MICROSCOPIC DESCRIPTION", "IMMUNOHISTOCHEMISTRY", "RECEPTORS", "MOLECULAR", "STAGING", "DIAGNOSIS"),
        *("SUPPLEMENTARY REPORT", "CYTOLOGY", "ADEQUACY", "CULTURE", "GRAM STAIN", "GRAM FILM", "SUSCEPTIBILITIES"),
        *("SENSITIVITIES", "MANAGEMENT"),
    }
)
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_COLUMNS = re.compile(r"\S(?: {2,}|\t)\S")  # a gap inside a line that a sentence does not have
_AFTER_A_STOP = re.compile(r"[.!?:;,] {2}(?=\S)")  # two spaces between sentences are typing, not columns


@dataclass(frozen=True, slots=True)
class Section:
    """A heading as it was sent, with its line's end, and what stands below it; text before any heading has none."""

    heading: str
    body: str


def sections_of(text: str) -> tuple[Section, ...]:
    """Return the sections of a text; one without a heading when it has none."""
    sections = [Section("", "")]
    for line in _lines(text):
        if is_heading(line):
            sections.append(Section(line, ""))
        else:
            sections[-1] = Section(sections[-1].heading, sections[-1].body + line)
    return tuple(one for one in sections if one.heading or one.body)


def is_heading(line: str) -> bool:
    """Say whether a line is one of the headings above, in any case, with or without a colon, and nothing else."""
    return line.strip().removesuffix(":").rstrip().upper() in HEADINGS


def is_set_in_columns(text: str) -> bool:
    """Say whether at least two lines of a text have gaps inside: it then has to stand in letters of one width."""
    return sum(1 for line in _lines(text) if _COLUMNS.search(_AFTER_A_STOP.sub(". ", line.rstrip()))) > 1


def _lines(text: str) -> Iterator[str]:
    return (found[0] for found in _LINE.finditer(text))
