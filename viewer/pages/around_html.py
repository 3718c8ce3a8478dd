"""Write what the groups around a result say of it.

Rule: everything that a trust sent passes through `text` or `columns_html`, which escape it.
"""

from html import escape as text

from viewer.clinical.around import Around
from viewer.pages.around_words import as_a_whole
from viewer.pages.prose_html import columns_html


def group_comments_html(around: Around) -> str:
    """Return the laboratory's comments on the groups around a result, each with its group's name, whole."""
    return "".join(
        [
            f' <p class="note">Laboratory, of {text(as_a_whole(group))}: “{columns_html(note)}”</p>'
            for group in around.groups
            for note in group.notes
        ]
    )
