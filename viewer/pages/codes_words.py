"""The words of the page about codes: who signed a map, what one code is, how often it was seen."""

from collections.abc import Collection

from viewer.access.wording import in_words
from viewer.clinical.analyte import Catalogue, Conversion, Meaning
from viewer.configuration.code_map_file import CodeMapFile
from viewer.pages.words import plural
from viewer.small_numbers import FEWER, SMALLEST
from viewer.unmapped import NOT_KEPT, Count

NOT_BELIEVED = "✕ Not believed"


def signed(file: CodeMapFile) -> str:
    """Return "✓ Signed by Dr Jane Holroyd, Laboratory director, 30 June 2026", or why it is not believed."""
    if file.problem:
        return f"{NOT_BELIEVED}: {file.problem}. All its codes count as not mapped."
    written = file.written
    day = f", {in_words(written.signed_on)}" if written.signed_on else ""
    return f"✓ Signed by {written.signed_by}, {written.role}{day}"


def size(file: CodeMapFile) -> str:
    """Return how much a map explains, or would if it were believed."""
    codes = file.written.codes
    return counted(codes, "code") + (", none of them believed" if file.problem and codes else "")


def counted(things: Collection[object], one: str) -> str:
    """Return "215 analytes"."""
    return f"{len(things)} {plural(len(things), one)}"


def conversion(one: Conversion, catalogue: Catalogue) -> str:
    """Return "Haemoglobin: g/dL × 10 = g/L (clause 7.1)"."""
    name = catalogue.analytes[one.analyte].name
    return f"{name}: {one.of} × {one.factor} = {one.to} (clause {one.clause})"


def stands_in(meaning: Meaning) -> str:
    """Return " (specimen serum, where none is sent)", or "" where nothing stands in."""
    said = [f"{what} {word}" for what, word in (("specimen", meaning.specimen), ("unit", meaning.unit)) if word]
    return f" ({', '.join(said)}, where none is sent)" if said else ""


def how_many(numbers: Collection[Count], rest: Collection[Count]) -> str:
    """Say how many codes of a trust were seen: 3, and 2 without numbers."""
    if not rest:
        return f"{len(numbers):,}" if numbers else "none seen"
    return f"{len(numbers):,}, and {len(rest):,} without numbers" if numbers else f"{len(rest):,} without numbers alone"


def without_numbers(counts: Collection[Count]) -> str:
    """Say what the codes are under which no number came, and when one of them needs a map all the same."""
    return (
        f"{len(counts):,} without numbers, of words, of groups of results or of whole reports: "
        "such a code needs a map only where it names a culture or a screen"
    )


def is_small(one: Count) -> bool:
    """Say whether a code was seen on so few pages that they could be one person's."""
    return one.looks < SMALLEST


def code(one: Count) -> str:
    """Return the code, or what stands in its place."""
    if one.code == NOT_KEPT:
        return "Not kept: it may hold more than a code"
    return one.code or "Results without a code"


def name(one: Count) -> str:
    """Return the name as the trust sent it, or that none is kept."""
    return one.name or "Not kept"


def seen(one: Count) -> str:
    """Return "on 12 pages, 2 November 2026 to 21 November 2026": of how many pages of patients, and when.

    Of fewer than five neither the number nor a day is said. A rare test, seen on one page on one day, tells whoever
    knows who was here on that day what was looked for in them; and everybody in a role reads this.
    """
    if is_small(one):
        return f"on {FEWER} pages"
    first, last = in_words(one.first_seen), in_words(one.last_seen)
    days = first if first == last else f"{first} to {last}"
    return f"on {one.looks:,} {plural(one.looks, 'page')}, {days}"
