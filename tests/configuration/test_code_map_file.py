"""The catalogue and the laboratories' code maps are read whole or refused by file, line and key; what is not signed is
not believed."""

import re
from datetime import date
from pathlib import Path

import pytest

from connectors.answer import Trust
from sandbox.town import Town
from tests.builders import BARNSLEY, ROTHERHAM
from tests.code_maps import laboratory_keys, signed
from tests.whole import configure
from viewer.clinical.analyte import Catalogue, CodeMap, Conversion, Meaning
from viewer.commands.check_config import lines_about
from viewer.commands.code_lines import unbelieved
from viewer.configuration.catalogue_file import catalogue_of, is_loinc, read_catalogue
from viewer.configuration.code_map_file import CodeMapFile, read_code_map, read_code_maps
from viewer.configuration.config_file import Misconfigured, Table, read_config
from viewer.configuration.trust_file import read_own_word
from viewer.settings import read_settings

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "config"
KEYS = laboratory_keys("rotherham", "barnsley")

CATALOGUE = """
specimens = ["serum", "EDTA blood"]
units = ["1", "[pH]", "g/L", "g/dL", "mmol/L"]

[[group]]
key = "u_and_e"
name = "U&E"
analytes = [
  { key = "potassium", name = "Potassium", loinc = ["2823-3"] },
  { key = "haemoglobin", name = "Haemoglobin" },
  { key = "gas_ph", name = "pH" },
]
"""
MAP = """
signed_by = "Dr Jane Holroyd"
role = "Laboratory director"
signed_on = 2026-06-30

codes = [
  { system = "https://its.example/code", code = "K", analyte = "potassium", specimen = "serum" },
  { system = "https://its.example/code", code = "HB", analyte = "haemoglobin" },
  { system = "https://its.example/code", code = "GPH", analyte = "gas_ph", unit = "[pH]" },
]

[units]
"mmol/l" = "mmol/L"
"ratio" = "1"

[specimens]
"Serum" = "serum"

[[conversion]]
analyte = "haemoglobin"
of = "g/dL"
to = "g/L"
factor = "10"
clause = "7.1"
"""


def table(text: str, name: str = "codes/rotherham.toml") -> Table:
    return read_config(Path(name), text.encode())


def catalogue(text: str = CATALOGUE) -> Catalogue:
    file = table(text, "analytes.toml")
    read = catalogue_of(file)
    file.nothing_else()
    return read


def read(text: str, trust: Trust = ROTHERHAM, keys: dict[str, bytes] = KEYS) -> CodeMapFile:
    file = table(text)
    found = read_code_map(file, trust, keys, catalogue())
    file.nothing_else()
    return found


# ── The catalogue ────────────────────────────────────────────────────────────────────────────────


def test_analytes_keep_the_order_of_the_file_and_know_their_group() -> None:
    known = catalogue()

    assert [(one.key, one.group) for one in known.analytes.values()][:2] == [
        ("potassium", "u_and_e"), ("haemoglobin", "u_and_e"),
    ]  # fmt: skip
    assert known.analytes["potassium"].loinc == ("2823-3",)
    assert known.specimens == ("serum", "EDTA blood")


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ('key = "haemoglobin"', 'key = "potassium"', 'line 10, group.analytes.key: "potassium" stands there twice'),
        ('key = "haemoglobin"', 'key = "Hb"', 'line 10, group.analytes.key: "Hb": small letters'),
        ('name = "Haemoglobin"', 'name = "potassium"', 'line 10, group.analytes.name: "potassium" is also the name'),
        ('"2823-3"', '"2823-4"', 'line 9, group.analytes.loinc: "2823-4" is no LOINC code'),
        ('"2823-3"', '"K"', 'line 9, group.analytes.loinc: "K" is no LOINC code'),
        ('name = "U&E"', 'title = "U&E"', "line 5, group.name: is missing"),
        ("loinc =", "snomed =", 'line 9, group.analytes.snomed: unknown'),
    ],
)  # fmt: skip
def test_a_mistake_in_the_catalogue_is_named_by_line_and_key(was: str, now: str, said: str) -> None:
    with pytest.raises(Misconfigured, match=re.escape(said)):
        catalogue(CATALOGUE.replace(was, now))


def test_without_a_catalogue_there_is_an_empty_one(tmp_path: Path) -> None:
    assert read_catalogue(tmp_path) == Catalogue()


def test_the_shipped_catalogue_has_a_name_of_ours_for_the_commonest_analytes() -> None:
    shipped = read_catalogue(CONFIG)

    assert len(shipped.analytes) >= 150
    assert {"potassium", "haemoglobin", "crp", "hba1c", "tsh", "psa", "gentamicin", "igg", "urine_acr"} <= set(
        shipped.analytes
    )
    assert all(is_loinc(code) for one in shipped.analytes.values() for code in one.loinc)


@pytest.mark.parametrize(("code", "fits"), [("2951-2", True), ("718-7", True), ("2951-3", False), ("2915-2", False)])
def test_the_last_digit_of_a_loinc_code_gives_a_slip_away(code: str, fits: bool) -> None:
    assert is_loinc(code) is fits


# ── What a map says ──────────────────────────────────────────────────────────────────────────────


def test_a_signed_map_is_believed_and_says_who_signed() -> None:
    file = read(signed("rotherham", MAP))

    assert (file.problem, len(file.key)) == ("", 19)
    believed = file.believed
    assert (believed.signed_by, believed.role, str(believed.signed_on)) == (
        "Dr Jane Holroyd", "Laboratory director", "2026-06-30",
    )  # fmt: skip
    assert believed.codes["https://its.example/code", "K"] == Meaning("potassium", "serum")
    assert believed.codes["https://its.example/code", "GPH"] == Meaning("gas_ph", unit="[pH]")
    assert believed.units == {"mmol/l": "mmol/L", "ratio": "1"}
    assert believed.specimens == {"Serum": "serum"}
    assert [(one.of, one.to, str(one.factor), one.clause) for one in believed.conversions] == [
        ("g/dL", "g/L", "10", "7.1")
    ]


WRONG = [
    ('analyte = "potassium"', 'analyte = "potasium"',
     'line 7, codes.analyte: there is no analyte "potasium" in analytes.toml; did you mean potassium?'),
    ('specimen = "serum"', 'specimen = "Serum"',
     'line 7, codes.specimen: "Serum" does not stand in analytes.toml; did you mean serum?'),
    ('unit = "[pH]"', 'unit = "pH"', 'line 9, codes.unit: "pH" does not stand in analytes.toml; did you mean [pH]?'),
    ('code = "HB"', 'code = "K"', 'line 8, codes.code: "K" of https://its.example/code stands there twice'),
    ('code = "HB"', 'kode = "HB"', "line 8, codes.kode: unknown setting; did you mean code?"),
    ('"mmol/l" = "mmol/L"', '"mmol/l" = "mmol/ L"', 'line 13, units.mmol/l: "mmol/ L" does not stand in analytes.toml'),
    ('"mmol/l" = "mmol/L"', '"g/dL" = "g/L"',
     'line 13, units.g/dL: "g/dL" is a unit of its own, and not "g/L"; that would be a conversion'),
    ('"Serum" = "serum"', '"Serum" = "plasma"', 'line 17, specimens.Serum: "plasma" does not stand in analytes.toml'),
    ("signed_on = 2026-06-30", 'signed_on = "2026-06-30"', "line 4, signed_on: must be a day without quotes"),
    ('role = "Laboratory director"', 'role = "One\\nTwo"', "line 3, role: must be one line"),
    ('analyte = "haemoglobin"\nof', 'analyte = "hemoglobin"\nof', 'line 20, conversion.analyte: there is no analyte'),
    ('to = "g/L"', 'to = "g/dL"', "line 22, conversion.to: is the unit it is converted from"),
    ('to = "g/L"', 'to = "g/l"', 'line 22, conversion.to: "g/l" does not stand in analytes.toml'),
    ('factor = "10"', 'factor = "0"', 'line 23, conversion.factor: "0" is no number above nought'),
    ('factor = "10"', 'factor = "-10"', 'line 23, conversion.factor: "-10" is no number above nought'),
    ('factor = "10"', 'factor = "1e1"', 'line 23, conversion.factor: "1e1" is no number above nought'),
    ('factor = "10"', "factor = 10.0", "line 23, conversion.factor: must be a text in quotes"),
    ('clause = "7.1"', "", "line 19, conversion.clause: is missing"),
]  # fmt: skip


@pytest.mark.parametrize(("was", "now", "said"), WRONG, ids=[str(number) for number in range(len(WRONG))])
def test_a_mistake_in_a_map_is_named_by_file_line_and_key(was: str, now: str, said: str) -> None:
    with pytest.raises(Misconfigured, match=f"^{re.escape(f'codes/rotherham.toml {said}')}"):
        read(MAP.replace(was, now, 1))


@pytest.mark.parametrize(
    ("of", "to", "said"),
    [
        ("g/dL", "mmol/L", 'conversion.of: "g/dL" of haemoglobin is converted twice'),
        ("g/L", "g/dL", 'conversion.of: "g/L" of haemoglobin is converted twice, or converted to as well'),
        ("mmol/L", "g/dL", 'conversion.to: "g/dL" of haemoglobin is itself converted'),
    ],
)
def test_conversions_that_could_be_chained_are_refused(of: str, to: str, said: str) -> None:
    another = f'\n[[conversion]]\nanalyte = "haemoglobin"\nof = "{of}"\nto = "{to}"\nfactor = "2"\nclause = "7.2"\n'

    with pytest.raises(Misconfigured, match=re.escape(said)):
        read(MAP + another)


# ── Whether it is believed ───────────────────────────────────────────────────────────────────────

SPOILT = [
    ("unsigned", MAP, "it is not signed"),
    ("a code more", signed("rotherham", MAP).replace('code = "HB"', 'code = "HB2"'), "what it says was changed after"),
    ("another signer", signed("rotherham", MAP).replace("Dr Jane Holroyd", "Dr J Holroyd"), "what it says was changed"),
    ("another day", signed("rotherham", MAP).replace("2026-06-30", "2026-07-30"), "what it says was changed after"),
    ("another factor", signed("rotherham", MAP).replace('"10"', '"0.1"'), "what it says was changed after"),
    ("another trust's", signed("barnsley", MAP), "it does not verify with the trust’s laboratory_key"),
    ("no base64", re.sub(r'signature = "[^"]*"', 'signature = "?"', signed("rotherham", MAP)), "it is not written in"),
]


@pytest.mark.parametrize(("text", "said"), [row[1:] for row in SPOILT], ids=[row[0] for row in SPOILT])
def test_a_map_whose_signature_does_not_fit_maps_nothing(text: str, said: str) -> None:
    file = read(text)

    assert file.problem.startswith(said)
    assert file.believed == CodeMap("rotherham")
    assert len(file.written.codes) == 3


def test_a_map_signed_for_one_trust_is_not_believed_of_another_with_the_same_key() -> None:
    file = read(signed("rotherham", MAP), BARNSLEY, {"barnsley": KEYS["rotherham"]})

    assert file.problem == "it does not verify with the trust’s laboratory_key"


def test_without_its_laboratorys_key_nothing_is_believed() -> None:
    assert (
        read(signed("rotherham", MAP), keys={}).problem
        == "the trust’s own file holds no laboratory_key to verify it with"
    )


def test_comments_and_spacing_need_no_new_signature() -> None:
    text = signed("rotherham", MAP)

    assert read(text.replace("[units]", "# Spelt as our analysers do.\n\n[units]")).problem == ""


def test_a_trust_without_a_file_has_an_empty_map(tmp_path: Path) -> None:
    (tmp_path / "codes").mkdir()
    (tmp_path / "codes" / "rotherham.toml").write_text(signed("rotherham", MAP))

    barnsley, rotherham = read_code_maps(tmp_path, (BARNSLEY, ROTHERHAM), KEYS, catalogue())

    assert (barnsley.problem, barnsley.believed) == ("there is no file", CodeMap("barnsley"))
    assert rotherham.problem == ""


def test_a_file_of_no_trust_is_refused(tmp_path: Path) -> None:
    (tmp_path / "codes").mkdir()
    (tmp_path / "codes" / "rotheram.toml").write_text(MAP)

    with pytest.raises(Misconfigured, match="there is no trust rotheram; did you mean rotherham"):
        read_code_maps(tmp_path, (BARNSLEY, ROTHERHAM), KEYS, catalogue())


# ── As shipped ───────────────────────────────────────────────────────────────────────────────────


def shipped() -> tuple[CodeMapFile, ...]:
    own = [read_own_word(path, ("plain", "rotherham")) for path in sorted((CONFIG / "trusts").glob("*.toml"))]
    keys = {one.config.trust.name: one.laboratory_key for one in own if one.laboratory_key}
    return read_code_maps(CONFIG, [one.config.trust for one in own], keys, read_catalogue(CONFIG))


def test_every_shipped_map_is_signed_by_its_laboratory_and_converts_nothing() -> None:
    assert {file.trust.name: file.problem for file in shipped()} == dict.fromkeys(
        (path.stem for path in (CONFIG / "trusts").glob("*.toml")), ""
    )
    assert [file.written.conversions for file in shipped()] == [()] * 7


def test_the_viewer_starts_without_a_map_that_is_not_believed_and_says_so(tmp_path: Path, seven_trusts: Town) -> None:
    environ = configure(seven_trusts, tmp_path)
    rotherham = tmp_path / "config" / "codes" / "rotherham.toml"
    rotherham.write_text(rotherham.read_text().replace('code = "K"', 'code = "K2"'))

    settings = read_settings(environ)

    assert settings.code_maps["rotherham"] == CodeMap("rotherham")
    assert len(settings.code_maps["barnsley"].codes) > 50
    assert "potassium" in settings.catalogue.analytes
    said = "NOT BELIEVED, so nothing of it is mapped: what it says was changed after it was signed"
    assert f"  Rotherham: 67 codes, {said}" in list(lines_about(settings, date(2026, 11, 21)))
    assert unbelieved(settings.code_map_files) == (f"{rotherham} is {said}",)


def test_every_setting_of_both_files_is_documented() -> None:
    known, code_map = table(CATALOGUE, "analytes.toml"), table(signed("rotherham", MAP))
    catalogue_of(known)
    read_code_map(code_map, ROTHERHAM, KEYS, catalogue())
    asked = {name for name in code_map.asked() if not name.startswith(("units.", "specimens."))}

    assert documented("analytes.toml") == known.asked()
    assert documented("codes/<trust>.toml") == asked


def documented(heading: str) -> frozenset[str]:
    text = (ROOT / "docs/configuration.md").read_text()
    section = next(part for part in text.split("\n## ") if part.splitlines()[0].strip("` ") == heading)
    return frozenset(re.findall(r"^\| `([\w.]+)` \|", section, re.MULTILINE))


def test_a_conversion_is_of_no_use_to_another_analyte_or_unit() -> None:
    believed = read(signed("rotherham", MAP)).believed

    assert isinstance(believed.conversion("haemoglobin", "g/dL"), Conversion)
    assert believed.conversion("haemoglobin", "g/L") is None
    assert believed.conversion("potassium", "g/dL") is None
    assert believed.conversion("", "g/dL") is None
