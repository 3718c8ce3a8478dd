"""Renal, liver, bone, cardiac, thyroid, lipids, diabetes, haematinics and blood gas."""

from collections.abc import Sequence
from datetime import datetime

from sandbox.laboratory.analyte import Analyte, Interval, ranges
from sandbox.laboratory.finding import Finding
from sandbox.laboratory.finding import Measured as Number
from sandbox.laboratory.panel import Measured, Panel

SODIUM = Analyte("sodium", "Sodium", "NA", "mmol/L", 0, 139, ranges("133-146"), steady=True)
POTASSIUM = Analyte(
    "potassium", "Potassium", "K", "mmol/L", 1, 4.3, ranges("0..1 3.5-6.0", "1..12 3.4-5.2", "3.5-5.3"),
    snomed="1000651000000109", steady=True,
)  # fmt: skip
UREA = Analyte("urea", "Urea", "UREA", "mmol/L", 1, 5.4, ranges("0..1 0.8-5.5", "1..16 2.5-6.5", "2.5-7.8"))
CREATININE = Analyte(
    "creatinine", "Creatinine", "CREA", "umol/L", 0, 78,
    ranges("..1 14-34", "1..3 15-31", "3..5 23-37", "5..7 25-42", "7..9 30-48", "9..12 28-57", "12..16 40-72",
           "M 59-104", "F 45-84"),
    snomed="1000731000000107", steady=True,
)  # fmt: skip
EGFR = Analyte("egfr", "eGFR", "EGFR", "mL/min/1.73m²", 0, 85, ucum="mL/min/{1.73_m2}", ceiling=90)

BILIRUBIN = Analyte("bilirubin", "Bilirubin", "BILI", "umol/L", 0, 9, ranges("-21"), snomed="997591000000109", floor=3)
ALT = Analyte("alt", "ALT", "ALT", "U/L", 0, 24, ranges("0..16 5-45", "-50"), snomed="1018251000000107", floor=5)
ALP = Analyte("alp", "Alkaline phosphatase", "ALP", "U/L", 0, 75, ranges("0..1 70-425", "1..16 60-425", "30-130"))
ALBUMIN = Analyte(
    "albumin", "Albumin", "ALB", "g/L", 0, 42, ranges("0..1 30-45", "35-50"), snomed="1000821000000103", steady=True
)
PROTEIN = Analyte("protein", "Total protein", "TP", "g/L", 0, 70, ranges("0..1 50-70", "60-80"), steady=True)
GLOBULIN = Analyte("globulin", "Globulin", "GLOB", "g/L", 0, 28, ranges("20-35"))
GGT = Analyte("ggt", "Gamma GT", "GGT", "U/L", 0, 28, ranges("M -60", "F -40"), floor=5)

CALCIUM = Analyte("calcium", "Calcium", "CA", "mmol/L", 2, 2.36, ranges("0..1 2.00-2.70", "2.20-2.60"), steady=True)
ADJUSTED_CALCIUM = Analyte(
    "adjusted_calcium", "Adjusted calcium", "ACA", "mmol/L", 2, 2.35, ranges("0..1 2.00-2.70", "2.20-2.60"), steady=True
)
PHOSPHATE = Analyte(
    "phosphate", "Phosphate", "PO4", "mmol/L", 2, 1.1, ranges("0..1 1.30-2.60", "1..16 0.90-1.80", "0.80-1.50")
)
MAGNESIUM = Analyte("magnesium", "Magnesium", "MG", "mmol/L", 2, 0.84, ranges("0.70-1.00"))

CRP_ANALYTE = Analyte("crp", "CRP", "CRP", "mg/L", 0, 4, ranges("0-5"), snomed="1001371000000100", floor=5)
TROPONIN_T_ANALYTE = Analyte("troponin_t", "Troponin T", "TNT", "ng/L", 0, 7, ranges("0-14"), floor=3)
TROPONIN_I_ANALYTE = Analyte("troponin_i", "Troponin I", "TNI", "ng/L", 0, 6, ranges("M 0-34", "F 0-16"), floor=2)

HBA1C_ANALYTE = Analyte(
    "hba1c", "HbA1c (IFCC)", "HBA1C", "mmol/mol", 0, 38, ranges("20-41"), snomed="999791000000106", steady=True
)
GLUCOSE_ANALYTE = Analyte("glucose", "Glucose", "GLUC", "mmol/L", 1, 5.4, ranges("3.5-6.0"))
CHOLESTEROL = Analyte("cholesterol", "Cholesterol", "CHOL", "mmol/L", 1, 4.9, ranges("-5.0"))
HDL = Analyte("hdl", "HDL cholesterol", "HDL", "mmol/L", 2, 1.4, ranges("M 1.00-", "F 1.20-"))
TRIGLYCERIDE = Analyte("triglyceride", "Triglyceride", "TRIG", "mmol/L", 1, 1.3, ranges("-1.7"))
NON_HDL = Analyte("non_hdl", "Non-HDL cholesterol", "NHDL", "mmol/L", 1, 3.5)
CHOLESTEROL_RATIO = Analyte("cholesterol_ratio", "Cholesterol/HDL ratio", "CHR", "ratio", 1, 3.6, ucum="{ratio}")

TSH = Analyte("tsh", "TSH", "TSH", "mU/L", 2, 1.9, ranges("0..1 0.70-8.40", "0.27-4.20"), ucum="m[IU]/L", floor=0.01)
FREE_T4 = Analyte("free_t4", "Free T4", "FT4", "pmol/L", 1, 15.5, ranges("0..1 12.0-28.0", "11.0-22.0"))

FERRITIN_ANALYTE = Analyte(
    "ferritin", "Ferritin", "FERR", "ug/L", 0, 96, ranges("0..16 10-140", "M 30-400", "F 15-200")
)
B12 = Analyte("b12", "Vitamin B12", "B12", "ng/L", 0, 420, ranges("197-771"), floor=150)
FOLATE = Analyte("folate", "Serum folate", "FOL", "ug/L", 1, 8.2, ranges("3.9-20.0"), ceiling=20)

GAS_PH = Analyte("gas_ph", "pH", "GPH", "", 2, 7.40, ranges("7.35-7.45"), ucum="[pH]", steady=True)
GAS_PCO2 = Analyte("gas_pco2", "pCO2", "GPCO2", "kPa", 2, 5.3, ranges("4.67-6.00"))
GAS_PO2 = Analyte("gas_po2", "pO2", "GPO2", "kPa", 1, 11.8, ranges("10.6-13.3"))
GAS_BICARBONATE = Analyte("gas_bicarbonate", "Bicarbonate", "GHCO3", "mmol/L", 1, 24.5, ranges("22.0-28.0"))
GAS_BASE_EXCESS = Analyte("gas_base_excess", "Base excess", "GBE", "mmol/L", 1, 0.2, (Interval("-2.0", "2.0"),))
GAS_LACTATE = Analyte("gas_lactate", "Lactate", "GLAC", "mmol/L", 1, 1.2, ranges("0.5-2.2"))
GAS_POTASSIUM = Analyte("gas_potassium", "Potassium (gas)", "GK", "mmol/L", 1, 4.2, ranges("3.4-4.5"))
GAS_GLUCOSE = Analyte("gas_glucose", "Glucose (gas)", "GGLU", "mmol/L", 1, 6.1, ranges("3.6-5.3"))


def egfr(creatinine: float, sex: str, age: float) -> float:
    """Work out eGFR in mL/min/1.73m² (CKD-EPI 2009, no ethnicity factor, as NICE NG203 advises)."""
    kappa, alpha, factor = (0.7, -0.329, 1.018) if sex == "female" else (0.9, -0.411, 1.0)
    ratio = creatinine / 88.4 / kappa
    return float(141 * min(ratio, 1) ** alpha * max(ratio, 1) ** -1.209 * 0.993**age * factor)


def _renal(measured: Measured, sex: str, age: float) -> Measured:
    return {"egfr": egfr(measured["creatinine"], sex, age)} if age >= 18 else {}


def _liver(measured: Measured, *_: object) -> Measured:
    return {"globulin": measured["protein"] - measured["albumin"]}


def _bone(measured: Measured, *_: object) -> Measured:
    return {"adjusted_calcium": measured["calcium"] + 0.02 * (42 - measured.get("albumin", 42))}


def _lipids(measured: Measured, *_: object) -> Measured:
    total, hdl = measured["cholesterol"], measured["hdl"]
    return {"non_hdl": total - hdl, "cholesterol_ratio": total / hdl}


U_AND_E = Panel("u_and_e", "U&E", "UE", (SODIUM, POTASSIUM, UREA, CREATININE, EGFR), snomed="252167001", derive=_renal)
LFT = Panel(
    "lft",
    "Liver function tests",
    "LFT",
    (BILIRUBIN, ALT, ALP, ALBUMIN, PROTEIN, GLOBULIN, GGT),
    snomed="26958001",
    derive=_liver,
)
BONE = Panel("bone", "Bone profile", "BONE", (CALCIUM, ADJUSTED_CALCIUM, PHOSPHATE, ALP), derive=_bone)
MAGNESIUM_PANEL = Panel("magnesium", "Magnesium", "MG", (MAGNESIUM,))
CRP = Panel("crp", "CRP", "CRP", (CRP_ANALYTE,))
TROPONIN_T = Panel("troponin_t", "Troponin T HS", "TNT", (TROPONIN_T_ANALYTE,))
TROPONIN_I = Panel("troponin_i", "Troponin I HS", "TNI", (TROPONIN_I_ANALYTE,))
HBA1C = Panel("hba1c", "HbA1c", "HBA1C", (HBA1C_ANALYTE,), specimen="EDTA blood", snomed="43396009")
GLUCOSE = Panel("glucose", "Glucose", "GLUC", (GLUCOSE_ANALYTE,), specimen="Fluoride oxalate plasma")
LIPIDS = Panel(
    "lipids", "Lipid profile", "LIP", (CHOLESTEROL, HDL, NON_HDL, CHOLESTEROL_RATIO, TRIGLYCERIDE), derive=_lipids
)
TFT = Panel("tft", "Thyroid function tests", "TFT", (TSH, FREE_T4))
FERRITIN = Panel("ferritin", "Ferritin", "FERR", (FERRITIN_ANALYTE,))
HAEMATINICS = Panel("haematinics", "Vitamin B12 and folate", "B12F", (B12, FOLATE))
BLOOD_GAS = Panel(
    "blood_gas",
    "Blood gas (point of care)",
    "GAS",
    (GAS_PH, GAS_PCO2, GAS_PO2, GAS_BICARBONATE, GAS_BASE_EXCESS, GAS_LACTATE, GAS_POTASSIUM, GAS_GLUCOSE),
    "BG",
    "Arterial blood",
)
GAS_FIO2 = Analyte("gas_fio2", "FiO2", "GFIO2", "", 2, 0.21, ucum="1")
GAS_TEMPERATURE = Analyte("gas_temperature", "Patient temperature", "GTEMP", "°C", 1, 37.0, ucum="Cel", steady=True)
ARTERIAL_GAS = Panel(
    "arterial_gas",
    "Arterial blood gas (point of care)",
    "ABG",
    (GAS_FIO2, GAS_TEMPERATURE, *BLOOD_GAS.analytes),
    "BG",
    "Arterial blood",
)


def glucose_tolerance(measured: Sequence[tuple[datetime, str, str]]) -> Finding:
    """Return an oral glucose tolerance test: one code at several times, as (time, mmol/L, flag)."""
    members = tuple(
        Finding("Glucose", "GLUC", Number(number, "mmol/L", "mmol/L"), flag=flag, at=at)
        for at, number, flag in measured
    )
    return Finding("Oral glucose tolerance test, 75 g", "OGTT", members=members)
