"""What the sandbox’s seven laboratories send, read through their own signed maps: one series for one thing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.answer import Received, Trust
from connectors.read_resource import read_resource
from connectors.registry import connector_named, known_connectors
from sandbox.exact import write_json
from sandbox.population import files_of
from sandbox.town import demo_today
from sandbox.trusts.all import TRUSTS
from viewer.clinical.analyte import CodeMap
from viewer.clinical.normalise import normalise
from viewer.clinical.report import Amount
from viewer.clinical.row import Row
from viewer.clinical.series import Gathered, Series, gather
from viewer.clinical.unmapped import unmapped
from viewer.configuration.catalogue_file import read_catalogue
from viewer.configuration.code_map_file import read_code_maps
from viewer.configuration.trust_file import TrustFile, read_own_word

CONFIG = Path(__file__).resolve().parents[2] / "config"
CATALOGUE = read_catalogue(CONFIG)
FILES = {path.stem: read_own_word(path, known_connectors()) for path in sorted((CONFIG / "trusts").glob("*.toml"))}
ALL = set(FILES)


def believed(files: dict[str, TrustFile]) -> dict[str, CodeMap]:
    keys = {name: own.laboratory_key for name, own in files.items() if own.laboratory_key}
    read = read_code_maps(CONFIG, [own.config.trust for own in files.values()], keys, CATALOGUE)
    return {one.trust.name: one.believed for one in read}


MAPS = believed(FILES)


def sent_by(name: str) -> Iterator[Row]:
    """Everything a trust holds of everybody but the very large patients, as its connector mends it."""
    trust, connector = FILES[name].config.trust, connector_named(FILES[name].config.connector, name)
    (played,) = [one for one in TRUSTS if one.name == name]
    for file in files_of(played, demo_today()):
        if not file.bulky:
            yield from rows_of(trust, [received(body, connector.repair) for body in file.fill()])


def received(body, repair) -> Received:  # type: ignore[no-untyped-def]  # a resource as the sandbox has it
    raw = write_json(body)
    read = read_resource(raw)
    assert not isinstance(read, str), read
    return Received(
        body["resourceType"], body["id"], body["meta"].get("versionId", ""), repair(read) if repair else read, "", raw
    )


def rows_of(trust: Trust, sent: list[Received]) -> Iterator[Row]:
    return (Row(report) for report in normalise(trust, sent).reports)


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return [row for name in sorted(ALL) for row in sent_by(name)]


@pytest.fixture(scope="module")
def found(rows: list[Row]) -> Gathered:
    return gather(rows, CATALOGUE, MAPS)


def of(found: Gathered, analyte: str, specimen: str, unit: str) -> Series:
    (one,) = [
        one for one in found.series if (one.key.analyte, one.key.specimen, one.key.unit) == (analyte, specimen, unit)
    ]
    return one


def trusts_of(series: Series) -> set[str]:
    return {point.trust for point in series.points}


@pytest.mark.parametrize(
    ("analyte", "specimen", "unit"),
    [
        ("potassium", "serum", "mmol/L"),
        ("creatinine", "serum", "umol/L"),
        ("egfr", "serum", "mL/min/{1.73_m2}"),
        ("white_cells", "EDTA blood", "10*9/L"),
        ("haematocrit", "EDTA blood", "L/L"),
        ("inr", "citrated plasma", "1"),
        ("tsh", "serum", "m[IU]/L"),
        ("glucose", "fluoride plasma", "mmol/L"),
    ],
)
def test_one_thing_in_one_unit_stands_in_one_series_of_all_seven_laboratories(
    found: Gathered, analyte: str, specimen: str, unit: str
) -> None:
    assert trusts_of(of(found, analyte, specimen, unit)) == ALL


def test_haemoglobin_in_grams_a_decilitre_stays_in_a_series_of_rotherhams_own(found: Gathered) -> None:
    ours, theirs = of(found, "haemoglobin", "EDTA blood", "g/L"), of(found, "haemoglobin", "EDTA blood", "g/dL")

    assert trusts_of(ours) == ALL - {"rotherham"}
    assert trusts_of(theirs) == {"rotherham"}
    assert not any(point.converted for one in found.series for point in one.points)


def test_one_analyte_on_two_specimens_stands_in_two_series(found: Gathered) -> None:
    assert trusts_of(of(found, "sodium", "EDTA blood", "mmol/L")) == {"rotherham"}


def test_no_series_holds_two_units_as_its_own_maps_read_them(found: Gathered) -> None:
    for one in found.series:
        units = {
            MAPS[point.trust].unit(point.result.value, MAPS[point.trust].meaning(point.result.codes))
            for point in one.points
            if isinstance(point.result.value, Amount)
        }
        assert len(units) <= 1, one.key


def test_every_laboratory_leaves_something_unmapped_so_that_it_is_seen(rows: list[Row]) -> None:
    seen = unmapped(rows, CATALOGUE, MAPS)

    assert {one.trust for one in seen} == ALL
    assert ("rotherham", "TNI", "Troponin I") in {(one.trust, one.code, one.name) for one in seen}
