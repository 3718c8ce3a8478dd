"""Write a text that was sent as HTML: its own headings as headings, its columns in letters of one width.

Rule: the text of the HTML is the text as it was sent, character by character, and everything in it is escaped.
"""

from html import escape as text

from viewer.clinical.sections import Section, is_set_in_columns, sections_of


def prose_html(sent: str, level: int = 4) -> str:
    """Return a text with the headings that stand in it; `level` is theirs on the page."""
    if "\n" not in sent:
        return text(sent)
    return "".join([_section_html(section, level) for section in sections_of(sent)])


def columns_html(sent: str) -> str:
    """Return a text whose columns, if it has any, still stand under each other where a line has to be broken."""
    if "\n" not in sent or not is_set_in_columns(sent):
        return text(sent)
    lines = "".join([f'<span class="line">{text(line)}</span>' for line in sent.splitlines(keepends=True)])
    return f'<span class="fixed">{lines}</span>'


def _section_html(section: Section, level: int) -> str:
    body = columns_html(section.body)
    if not section.heading:
        return body
    line, end = section.heading.rstrip("\r\n"), section.heading[len(section.heading.rstrip("\r\n")) :]
    return f'<b class="heading" role="heading" aria-level="{level}">{text(line)}</b>{end}{body}'
