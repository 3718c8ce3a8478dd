"""Full blood count and clotting."""

from sandbox.laboratory.analyte import Analyte, ranges
from sandbox.laboratory.panel import Measured, Panel

HAEMOGLOBIN = Analyte(
    "haemoglobin", "Haemoglobin", "HB", "g/L", 0, 140,
    ranges("0..1 100-140", "1..6 110-140", "6..12 115-155", "M 130-180", "F 115-165"),
    snomed="1022431000000105", steady=True,
)  # fmt: skip
WHITE_CELLS = Analyte(
    "white_cells", "White cells", "WBC", "10*9/L", 1, 7.2,
    ranges("0..1 6.0-17.5", "1..6 5.0-15.0", "6..12 4.5-13.5", "4.0-11.0")
)  # fmt: skip
PLATELETS = Analyte(
    "platelets", "Platelets", "PLT", "10*9/L", 0, 250, ranges("150-400"), snomed="1022651000000100", steady=True
)
RED_CELLS = Analyte(
    "red_cells",
    "Red cells",
    "RBC",
    "10*12/L",
    2,
    4.7,
    ranges("0..6 3.90-5.10", "M 4.50-6.50", "F 3.80-5.80"),
    steady=True,
)
HAEMATOCRIT = Analyte(
    "haematocrit", "Haematocrit", "HCT", "L/L", 3, 0.42, ranges("0..12 0.340-0.420", "M 0.400-0.520", "F 0.370-0.470")
)
MCV = Analyte("mcv", "MCV", "MCV", "fL", 1, 90, ranges("0..6 72.0-88.0", "80.0-99.0"), steady=True)
MCH = Analyte("mch", "MCH", "MCH", "pg", 1, 30, ranges("0..6 24.0-30.0", "27.0-33.0"), steady=True)
NEUTROPHILS = Analyte("neutrophils", "Neutrophils", "NEUT", "10*9/L", 2, 4.2, ranges("0..6 1.50-8.50", "2.00-7.50"))
LYMPHOCYTES = Analyte("lymphocytes", "Lymphocytes", "LYMPH", "10*9/L", 2, 2.0, ranges("0..6 2.00-9.50", "1.00-4.00"))
MONOCYTES = Analyte("monocytes", "Monocytes", "MONO", "10*9/L", 2, 0.5, ranges("0.20-1.00"))
EOSINOPHILS = Analyte("eosinophils", "Eosinophils", "EOS", "10*9/L", 2, 0.2, ranges("0.00-0.50"))
BASOPHILS = Analyte("basophils", "Basophils", "BASO", "10*9/L", 2, 0.04, ranges("0.00-0.10"))

PROTHROMBIN_TIME = Analyte("prothrombin_time", "Prothrombin time", "PT", "s", 1, 11.8, ranges("10.0-13.5"))
INR = Analyte("inr", "INR", "INR", "ratio", 1, 1.0, ucum="{INR}")
APTT = Analyte("aptt", "APTT", "APTT", "s", 1, 30, ranges("0..1 28.0-45.0", "25.0-37.0"))
FIBRINOGEN = Analyte("fibrinogen", "Fibrinogen", "FIB", "g/L", 2, 3.0, ranges("1.50-4.50"))
D_DIMER_ANALYTE = Analyte(
    "d_dimer", "D-dimer", "DDIM", "ng/mL FEU", 0, 310, ranges("-500"), ucum="ng/mL{FEU}", floor=150
)


def _count(measured: Measured, *_: object) -> Measured:
    red, haemoglobin, mcv = measured["red_cells"], measured["haemoglobin"], measured["mcv"]
    white, lymphocytes = measured["white_cells"], measured["lymphocytes"]
    rest = measured["monocytes"] + measured["eosinophils"] + measured["basophils"]
    return {
        "mch": haemoglobin / red,
        "haematocrit": red * mcv / 1000,
        "neutrophils": max(0.3, white - lymphocytes - rest),
    }


FBC = Panel(
    "fbc",
    "Full blood count",
    "FBC",
    (
        HAEMOGLOBIN,
        WHITE_CELLS,
        PLATELETS,
        RED_CELLS,
        HAEMATOCRIT,
        MCV,
        MCH,
        NEUTROPHILS,
        LYMPHOCYTES,
        MONOCYTES,
        EOSINOPHILS,
        BASOPHILS,
    ),
    "HM",
    "EDTA blood",
    snomed="26604007",
    derive=_count,
)
CLOTTING = Panel(
    "clotting", "Clotting screen", "CLOT", (PROTHROMBIN_TIME, INR, APTT, FIBRINOGEN), "HM", "Citrated plasma"
)
D_DIMER = Panel("d_dimer", "D-dimer", "DDIM", (D_DIMER_ANALYTE,), "HM", "Citrated plasma")
