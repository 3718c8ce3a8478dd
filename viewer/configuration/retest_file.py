"""Read config/retest.toml: the tests a clinician asks for, and within how long repeating one seldom helps.

Rule: an analyte that the catalogue does not have is a mistake, and so is an interval without a reference. Without the
file every test is looked for by its analyte, and nothing is advised.
"""

from collections.abc import Collection, Iterable
from datetime import timedelta
from pathlib import Path

from viewer.clinical.analyte import Catalogue
from viewer.clinical.retest_rules import LabTest, RetestInterval, RetestRules, Said, Setting
from viewer.configuration.config_file import Table, did_you_mean, open_config


def read_retest(folder: Path, catalogue: Catalogue) -> RetestRules:
    """Return what the folder's retest.toml says; rules that advise nothing when there is none."""
    path = folder / "retest.toml"
    if not path.exists():
        return RetestRules()
    file = open_config(path)
    rules = retest_of(file, catalogue)
    file.nothing_else()
    return rules


def retest_of(file: Table, catalogue: Catalogue) -> RetestRules:
    """Return the rules of one file."""
    aki = file.table("aki", may_be_absent=True)
    return RetestRules(
        source=file.text("source"),
        tests=_read_tests(file.tables("test"), catalogue.analytes),
        adult_from=_adult(file),
        aki_words=aki.texts("words", ()),
        aki_analytes=_analytes(aki, "analytes", catalogue.analytes),
        aki_lasts=aki.span("days", timedelta(days=1), timedelta(days=14)),
        positive=_small(file.texts("positive", ())),
        negative=_small(file.texts("negative", ())),
        never=file.text("never"),
        imaging=_small(file.texts("imaging", ())),
    )


def _adult(file: Table) -> int:
    years = file.whole("adult_from", 18)
    if years < 18:
        raise file.wrong("adult_from", "must be at least 18: the intervals are for adults")
    return years


def _small(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(text.strip().casefold() for text in texts)


def _read_tests(tables: Iterable[Table], analytes: Collection[str]) -> tuple[LabTest, ...]:
    tests: list[LabTest] = []
    for table in tables:
        test = _read_test(table, analytes)
        if any(test.key == other.key for other in tests):
            raise table.wrong("key", f'"{test.key}" stands there twice')
        tests.append(test)
    return tuple(tests)


def _read_test(table: Table, analytes: Collection[str]) -> LabTest:
    excluded = table.text("excluded", "")
    intervals = tuple(_read_interval(inner) for inner in table.tables("interval"))
    if excluded and intervals:
        raise table.wrong("excluded", "an excluded test has no interval: it is never advised on")
    return LabTest(
        key=table.text("key"),
        name=table.text("name"),
        done_by=_analytes(table, "done_by", analytes),
        shows=_analytes(table, "shows", analytes),
        also=table.texts("also", ()),
        intervals=intervals,
        excluded=excluded,
        not_in_aki=table.yes_or_no("not_in_aki", False),
        in_words=table.yes_or_no("in_words", False),
        each=table.yes_or_no("each", False),
    )


def _read_interval(table: Table) -> RetestInterval:
    if ("days" in table) == ("hours" in table):
        raise table.wrong("days", "name either days or hours")
    unit, key = (timedelta(days=1), "days") if "days" in table else (timedelta(hours=1), "hours")
    return RetestInterval(
        lasts=table.span(key, unit),
        reference=table.text("reference"),
        settings=table.some_of("settings", Setting, list(Setting)),
        applies_to=table.text("applies_to", ""),
        said=table.one_of("said", Said, Said.ANYTHING),
        unless_flagged=table.yes_or_no("unless_flagged", False),
    )


def _analytes(table: Table, key: str, known: Collection[str]) -> tuple[str, ...]:
    named = table.texts(key, ())
    for analyte in named if known else ():
        if analyte not in known:
            raise table.wrong(key, f'there is no analyte "{analyte}" in analytes.toml{did_you_mean(analyte, known)}')
    return named
