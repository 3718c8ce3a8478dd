"""Say in lines how the catalogue and each code map stand: for `codes status`, `config check` and the start."""

from collections.abc import Iterable, Iterator, Sequence

from viewer.access.wording import in_words
from viewer.clinical.analyte import Catalogue
from viewer.configuration.code_map_file import CodeMapFile, explained_together


def lines_about_maps(files: Sequence[CodeMapFile], catalogue: Catalogue) -> Iterator[str]:
    """Yield the lines, for people."""
    yield f"Catalogue: {len(catalogue.analytes)} analytes in {len(catalogue.groups)} groups"
    for file in files:
        count = len(file.written.codes)
        yield f"  {file.trust.title}: {count} {'code' if count == 1 else 'codes'}, {signed_in_words(file)}"
    yield f"  {explained_together(files)} analytes are explained by more than one trust, and may stand in one row"


def signed_in_words(file: CodeMapFile) -> str:
    """Return who signed, when and with which key; or that it is not believed, and why."""
    if file.problem:
        return f"NOT BELIEVED, so nothing of it is mapped: {file.problem}"
    written = file.written
    day = in_words(written.signed_on) if written.signed_on else ""
    return f"signed {day} by {written.signed_by}, {written.role}, key {file.key}"


def unbelieved(files: Iterable[CodeMapFile]) -> tuple[str, ...]:
    """Return a line for every map that is there and is not believed."""
    return tuple(f"{file.path} is {signed_in_words(file)}" for file in files if file.problem and file.digest)


def code_in_words(system: str, code: str) -> str:
    """Return a code with its system; "results without a code" where none was sent."""
    return " ".join(part for part in (system, code) if part) or "results without a code"
