"""What happened to each named patient. Days are counted back from today, so that the stories never grow old."""

from sandbox.fhir import ACT_CODE, trust_system
from sandbox.laboratory.biochemistry import (
    ARTERIAL_GAS,
    BLOOD_GAS,
    BONE,
    CRP,
    FERRITIN,
    GLUCOSE,
    HAEMATINICS,
    HBA1C,
    LFT,
    LIPIDS,
    MAGNESIUM_PANEL,
    TFT,
    TROPONIN_I,
    TROPONIN_T,
    U_AND_E,
    glucose_tolerance,
)
from sandbox.laboratory.finding import Addendum, Document, Finding, Said
from sandbox.laboratory.haematology import CLOTTING, D_DIMER, FBC
from sandbox.laboratory.histology import breast_biopsy, cervical_cytology, colonic_polyp, diagnosis
from sandbox.laboratory.laboratory import words
from sandbox.laboratory.microbiology import (
    E_COLI,
    E_COLI_ESBL_SOUGHT,
    PSEUDOMONAS,
    STAPH_AUREUS,
    blood_culture,
    culture_as_text,
    gram_film,
    isolate_in_components,
    mrsa_screen,
    urine_culture,
    urine_dipstick,
)
from sandbox.laboratory.radiology import (
    CHEST,
    CHEST_PNEUMONIA,
    CT_ABDOMEN,
    CT_AORTA,
    CT_HEAD,
    HIP,
    MRI_BREAST,
    MRI_SPINE,
    US_ABDOMEN,
    US_KIDNEYS,
    WRIST,
    pdf_of,
)
from sandbox.laboratory.virology import (
    antinuclear_antibody,
    hepatitis_screen,
    respiratory_pcr,
    rubella_immunity,
    sexual_health_pcr,
    sexual_health_serology,
)
from sandbox.scribe import Correction, Scribe

BARNSLEY = "barnsley"
CHESTERFIELD = "chesterfield"
DONCASTER = "doncaster_and_bassetlaw"
MID_YORKSHIRE = "mid_yorkshire"
ROTHERHAM = "rotherham"
CHILDRENS = "sheffield_childrens"
SHEFFIELD = "sheffield_teaching"

SEXUAL_HEALTH = (ACT_CODE, "STD", "sexually transmitted disease information sensitivity")
SAFEGUARDING = (ACT_CODE, "VIO", "violence information sensitivity")
HAEMOLYSED = "Haemolysed; not reported"


def man_in_a_and_e(tell: Scribe) -> None:
    """Five trusts: years of check-ups, a week of worsening kidneys, and tonight in A&E."""
    _his_years(tell)
    _his_last_weeks(tell)
    _his_night_at_rotherham(tell)
    _his_night_in_sheffield(tell)


def _his_years(tell: Scribe) -> None:
    tell.routine(SHEFFIELD, U_AND_E, FBC, years=7, every=130, until=200)
    tell.routine(SHEFFIELD, LFT, LIPIDS, HBA1C, years=7, every=365, until=200)
    tell.routine(SHEFFIELD, TFT, FERRITIN, years=6, every=540, until=300, copied_to=(CHESTERFIELD,))
    tell.routine(CHESTERFIELD, U_AND_E, years=4, every=190, until=160)
    tell.routine(DONCASTER, U_AND_E, FBC, CRP, years=3, every=230, until=90)
    tell.words(
        SHEFFIELD,
        tell.ago(640, "10:40"),
        colonic_polyp(),
        "SP",
        "Colonic polyp",
        site="Sigmoid colon",
        days_to_report=9,
        conclusion=diagnosis(colonic_polyp()),
        copied_to=(CHESTERFIELD,),
    )
    tell.image(SHEFFIELD, tell.ago(1200, "14:05"), CHEST)
    tell.image(DONCASTER, tell.ago(410, "11:30"), US_KIDNEYS, reason="CKD 3, is there obstruction?")
    tell.words(CHESTERFIELD, tell.ago(500, "09:30"), mrsa_screen(isolated=False), "MB", "Nose swab")


def _his_last_weeks(tell: Scribe) -> None:
    tell.blood(SHEFFIELD, tell.ago(191, "09:05"), U_AND_E, values=_kidneys("139", "4.4", "6.1", "96", "67"))
    tell.blood(SHEFFIELD, tell.ago(191, "09:05"), FBC, values=_blood("121", "7.2", "238"))
    tell.blood(SHEFFIELD, tell.ago(191, "09:05"), CRP, values={"crp": "<5"})
    tell.blood(CHESTERFIELD, tell.ago(142, "10:12"), U_AND_E, values=_kidneys("138", "4.3", "6.4", "98", ">60"))
    tell.blood(CHESTERFIELD, tell.ago(142, "10:12"), CRP, values={"crp": "<1"})
    tell.blood(DONCASTER, tell.ago(79, "11:30"), U_AND_E, values=_kidneys("139", "4.5", "6.8", "104", "61"))
    tell.blood(DONCASTER, tell.ago(79, "11:30"), FBC, values=_blood("119", "7.9", "244"))
    tell.blood(DONCASTER, tell.ago(79, "11:30"), CRP, values={"crp": "<4"})
    tell.blood(MID_YORKSHIRE, tell.ago(19, "14:20"), U_AND_E, values=_kidneys("136", "4.6", "7.0", "101", "63"))
    tell.blood(MID_YORKSHIRE, tell.ago(19, "14:20"), FBC, values=_blood("120", "11.8", "251"))
    tell.blood(MID_YORKSHIRE, tell.ago(19, "14:20"), CRP, values={"crp": "86"})
    tell.blood(MID_YORKSHIRE, tell.ago(19, "14:20"), LFT)
    tell.words(
        MID_YORKSHIRE,
        tell.ago(19, "14:35"),
        urine_culture([E_COLI], ">100 /uL"),
        "MB",
        "Mid-stream urine",
        reason="Dysuria, fever",
    )
    tell.words(
        MID_YORKSHIRE,
        tell.ago(19, "14:50"),
        blood_culture([], "Aerobic and anaerobic, right arm"),
        "MB",
        "Blood culture",
        days_to_report=5,
    )
    tell.image(MID_YORKSHIRE, tell.ago(19, "15:10"), CHEST, reason="Cough, fever")
    tell.blood(DONCASTER, tell.ago(3, "08:50"), U_AND_E, values=_kidneys("135", "4.9", "9.6", "131", "46"))
    tell.blood(DONCASTER, tell.ago(3, "08:50"), FBC, values=_blood("115", "9.4", "240"))
    tell.blood(DONCASTER, tell.ago(3, "08:50"), CRP, values={"crp": "22"})
    tell.blood(CHESTERFIELD, tell.ago(2, "09:20"), U_AND_E, values=_kidneys("134", "5.1", "11.9", "149", "40"))
    tell.blood(CHESTERFIELD, tell.ago(2, "09:20"), FBC, values=_blood("112", "10.1", "236"))
    tell.blood(CHESTERFIELD, tell.ago(2, "09:20"), LFT, values={"alt": "31"})
    tell.blood(CHESTERFIELD, tell.ago(2, "09:20"), BONE, values={"adjusted_calcium": "2.31"})
    tell.blood(CHESTERFIELD, tell.ago(2, "09:20"), CRP, values={"crp": "31"})
    tell.cancelled(CHESTERFIELD, tell.ago(1, "08:05"), U_AND_E, "Insufficient sample.", tell.ago(1, "08:31"))


def _his_night_at_rotherham(tell: Scribe) -> None:
    taken = tell.ago(1, "22:41")
    tell.blood(
        ROTHERHAM,
        taken,
        U_AND_E,
        values=_kidneys("133", "5.9", "16.2", "187", "30"),
        issued=tell.ago(1, "23:05"),
        was={"potassium": "6.9"},
        corrected=tell.ago(0, "01:48"),
        because="First value from a haemolysed sample; repeat sample reported.",
    )
    tell.blood(ROTHERHAM, taken, TROPONIN_I, values={"troponin_i": "39"}, issued=tell.ago(1, "23:31"))
    tell.blood(ROTHERHAM, taken, CRP, values={"crp": "64"}, issued=tell.ago(1, "23:05"))
    tell.blood(ROTHERHAM, taken, FBC, values=_blood("109", "12.6", "228"), issued=tell.ago(1, "23:05"))
    tell.blood(ROTHERHAM, tell.ago(1, "22:44"), BLOOD_GAS, loose=True, issued=tell.ago(1, "22:47"), values=_gas())
    tell.blood(
        ROTHERHAM, tell.ago(1, "22:39"), GLUCOSE, loose=True, issued=tell.ago(1, "22:39"), values={"glucose": "9.4"}
    )
    tell.image(
        ROTHERHAM,
        tell.ago(1, "23:20"),
        CT_AORTA,
        status="appended",
        issued=tell.ago(1, "23:58"),
        by="Dr H Lindqvist",
        reason="Tearing chest pain",
        alert="SIGNIFICANT UNEXPECTED",
        addendum=Addendum(
            tell.ago(0, "02:05"),
            "Dr P Oyelaran",
            "9 mm solid nodule in the right upper lobe, not mentioned in the first report. "
            "Referral to the lung nodule pathway advised.",
        ),
    )


def _his_night_in_sheffield(tell: Scribe) -> None:
    taken = tell.ago(0, "02:40")
    tell.blood(
        SHEFFIELD,
        taken,
        U_AND_E,
        values=_kidneys("134", "5.7", "18.4", "212", "26"),
        issued=tell.ago(0, "03:01"),
        notes={"CREA": "AKI 2 alert"},
        reason="Chest pain",
    )
    tell.blood(SHEFFIELD, taken, TROPONIN_T, values={"troponin_t": "148"}, issued=tell.ago(0, "03:04"))
    tell.blood(
        SHEFFIELD, taken, FBC, values=_blood("104", "13.2", "231"), issued=tell.ago(0, "02:58"), status="preliminary"
    )
    tell.image(SHEFFIELD, tell.ago(0, "02:44"), CHEST, status="registered", issued=tell.ago(0, "02:51"))


def _kidneys(sodium: str, potassium: str, urea: str, creatinine: str, egfr: str) -> dict[str, str]:
    return {"sodium": sodium, "potassium": potassium, "urea": urea, "creatinine": creatinine, "egfr": egfr}


def _blood(haemoglobin: str, white_cells: str, platelets: str) -> dict[str, str]:
    return {"haemoglobin": haemoglobin, "white_cells": white_cells, "platelets": platelets}


def _gas() -> dict[str, str]:
    return {
        "gas_ph": "7.31",
        "gas_pco2": "4.80",
        "gas_po2": "9.1",
        "gas_bicarbonate": "18.0",
        "gas_base_excess": "-6.5",
        "gas_lactate": "3.1",
        "gas_potassium": "5.8",
        "gas_glucose": "9.4",
    }


def girl_between_hospitals(tell: Scribe) -> None:
    """Her home hospital and the children's hospital see her in turn: coeliac disease and a broken wrist."""
    tell.routine(CHILDRENS, FBC, FERRITIN, years=5, every=170, until=30)
    tell.routine(CHILDRENS, LFT, BONE, U_AND_E, years=5, every=340, until=60)
    tell.routine(BARNSLEY, FBC, CRP, years=4, every=250, until=80)
    tell.blood(
        BARNSLEY, tell.ago(12, "17:20"), FBC, CRP, values={"haemoglobin": "98", "crp": "<5"}, reason="Tired, pale"
    )
    tell.blood(CHILDRENS, tell.ago(9, "10:00"), FERRITIN, values={"ferritin": "6"}, issued=tell.ago(9, "15:40"))
    tell.blood(CHILDRENS, tell.ago(9, "10:00"), TFT)
    tell.words(
        CHILDRENS,
        tell.ago(9, "10:00"),
        words("Tissue transglutaminase IgA", "TTG", "Strongly positive, over 10 times the upper limit", flag="PA"),
        "SR",
        "Serum",
    )
    tell.image(BARNSLEY, tell.ago(140, "18:42"), WRIST, reason="Fell from trampoline")
    tell.image(CHILDRENS, tell.ago(126, "11:15"), WRIST, text="Healing buckle fracture. Callus present.")
    tell.words(
        BARNSLEY, tell.ago(300, "19:05"), respiratory_pcr("Influenza A"), "VR", "Throat swab", days_to_report=0.3
    )


def boy_with_safeguarding_results(tell: Scribe) -> None:
    """Ordinary results, and two that Sheffield Children's never shares."""
    tell.blood(CHILDRENS, tell.ago(33, "16:30"), FBC)
    tell.blood(CHILDRENS, tell.ago(33, "16:30"), CLOTTING)
    tell.image(CHILDRENS, tell.ago(33, "17:10"), WRIST, reason="Fall")
    label = (trust_system(CHILDRENS, "code"), "SAFEG", "Safeguarding")
    survey = "Skeletal survey. Metaphyseal fracture of the left distal tibia. Healing posterior fractures of two ribs."
    tell.image(CHILDRENS, tell.ago(32, "10:20"), WRIST, text=survey, security=(SAFEGUARDING, label))
    photographs = words(
        "Safeguarding examination", "SAFEG", "Bruising as drawn on the body map. Photographs taken.", string=True
    )
    tell.words(CHILDRENS, tell.ago(32, "12:00"), photographs, "CH", "", security=(SAFEGUARDING,))
    tell.routine(BARNSLEY, FBC, years=1.5, every=200, until=60)


def woman_with_two_birth_dates(tell: Scribe) -> None:
    """Thyroid disease followed at Sheffield and Chesterfield."""
    tell.routine(SHEFFIELD, TFT, U_AND_E, years=5, every=160, until=20)
    tell.routine(SHEFFIELD, HAEMATINICS, years=4, every=500, until=50, copied_to=(CHESTERFIELD,))
    tell.routine(CHESTERFIELD, FBC, TFT, years=4, every=200, until=15)
    tell.image(CHESTERFIELD, tell.ago(70, "13:40"), US_ABDOMEN, reason="Right upper quadrant pain")


def woman_with_breast_cancer(tell: Scribe) -> None:
    """Biopsy, MRI, staging CT and chemotherapy bloods, told across four trusts."""
    tell.words(
        SHEFFIELD,
        tell.ago(160, "11:20"),
        breast_biopsy(),
        "SP",
        "Breast core biopsy",
        site="Right breast",
        days_to_report=6,
        conclusion=diagnosis(breast_biopsy()),
        copied_to=(CHESTERFIELD,),
    )
    tell.image(SHEFFIELD, tell.ago(150, "16:00"), MRI_BREAST, alert="CANCER")
    tell.image(
        DONCASTER,
        tell.ago(148, "09:50"),
        CT_ABDOMEN,
        status="appended",
        addendum=Addendum(
            tell.ago(146, "14:30"),
            "Dr C Whitworth",
            "Reviewed at the breast meeting: the left renal cyst needs no follow-up.",
        ),
    )
    tell.routine(SHEFFIELD, FBC, U_AND_E, LFT, years=0.4, every=21, until=3)
    tell.blood(
        SHEFFIELD,
        tell.ago(10, "20:15"),
        FBC,
        values={"white_cells": "1.1", "neutrophils": "0.32", "haemoglobin": "92"},
        notes={"NEUT": "Neutropenic sepsis pathway: telephoned to ward at 20:52."},
    )
    tell.words(
        SHEFFIELD,
        tell.ago(10, "20:20"),
        blood_culture([STAPH_AUREUS], "Aerobic, from the line, after 14 hours"),
        "MB",
        "Blood culture",
        status="preliminary",
        days_to_report=1,
    )
    tell.blood(ROTHERHAM, tell.ago(60, "09:00"), FBC, U_AND_E, values={"potassium": HAEMOLYSED}, condition="Haemolysed")
    letter = pdf_of(
        "Histology review", "Right breast: invasive ductal carcinoma, grade 2, ER 8/8, PR 6/8, HER2 negative."
    )
    tell.image(
        DONCASTER,
        tell.ago(20, "10:10"),
        CHEST,
        documents=[Document("Letter of review", "application/pdf", letter, tell.ago(19))],
    )


def woman_with_urosepsis(tell: Scribe) -> None:
    """Microbiology at Mid Yorkshire: nested, in words, amended and cancelled; then a hip fracture at Barnsley."""
    tell.words(
        MID_YORKSHIRE, tell.ago(48, "07:30"), urine_culture([E_COLI, PSEUDOMONAS], ">200 /uL"), "MB", "Catheter urine"
    )
    block = culture_as_text("Wound swab", "Left heel ulcer", [STAPH_AUREUS, PSEUDOMONAS])
    tell.words(
        MID_YORKSHIRE, tell.ago(47, "09:00"), words("Wound swab", "WCUL", block, string=True), "MB", "Wound swab"
    )
    tell.words(
        MID_YORKSHIRE,
        tell.ago(46, "22:10"),
        blood_culture([E_COLI_ESBL_SOUGHT], "Both bottles"),
        "MB",
        "Blood culture",
        status="amended",
    )
    tell.words(MID_YORKSHIRE, tell.ago(46, "22:30"), mrsa_screen(isolated=True), "MB", "Nose and groin swabs")
    tell.words(
        MID_YORKSHIRE, tell.ago(46, "22:30"), respiratory_pcr("SARS-CoV-2"), "VR", "Throat swab", days_to_report=0.4
    )
    tell.blood(
        MID_YORKSHIRE,
        tell.ago(46, "22:10"),
        U_AND_E,
        LFT,
        values={"creatinine": "164", "crp": "212"},
        corrected=tell.ago(45, "09:15"),
        was={"creatinine": "64"},
        how=Correction.REPLACES,
        because="Creatinine corrected: transcription error.",
    )
    tell.blood(
        MID_YORKSHIRE,
        tell.ago(46, "22:10"),
        BONE,
        status="amended",
        was={},
        corrected=tell.ago(45, "10:00"),
        how=Correction.NEW_VERSION,
    )
    tell.blood(MID_YORKSHIRE, tell.ago(46, "22:10"), CLOTTING)
    tell.cancelled(MID_YORKSHIRE, tell.ago(45, "06:00"), MAGNESIUM_PANEL, "Sample unlabelled; not tested.")
    tell.blood(MID_YORKSHIRE, tell.ago(44, "06:00"), FBC, status="entered-in-error")
    tell.routine(MID_YORKSHIRE, U_AND_E, LFT, FBC, years=3, every=150, until=60)
    tell.image(BARNSLEY, tell.ago(200, "03:15"), HIP, reason="Fall at home", narrative_only=True)
    tell.words(BARNSLEY, tell.ago(200, "04:05"), urine_dipstick(), "MB", "Urine", days_to_report=0.01)
    tell.blood(BARNSLEY, tell.ago(200, "03:30"), FBC, CLOTTING)
    tell.routine(BARNSLEY, FBC, U_AND_E, years=0.54, every=3, until=180)


def man_of_practice_one(tell: Scribe) -> None:
    """An ordinary patient of Example Practice: diabetes followed at Sheffield, an eye on the liver at Rotherham."""
    tell.routine(SHEFFIELD, HBA1C, U_AND_E, LIPIDS, years=8, every=180, until=25)
    tell.routine(ROTHERHAM, LFT, FBC, years=3, every=220, until=40)
    tell.words(SHEFFIELD, tell.ago(400, "09:40"), hepatitis_screen(), "SR", "Serum")


def woman_of_practice_two(tell: Scribe) -> None:
    """An ordinary patient of Millbrook Practice: pregnancy bloods at Doncaster, a scan at Barnsley."""
    tell.routine(DONCASTER, FBC, FERRITIN, years=2, every=120, until=30)
    tell.words(DONCASTER, tell.ago(220, "10:20"), rubella_immunity(), "SR", "Serum")
    tell.words(DONCASTER, tell.ago(220, "10:20"), hepatitis_screen(), "SR", "Serum")
    tell.image(BARNSLEY, tell.ago(90, "15:00"), US_ABDOMEN)
    tell.blood(BARNSLEY, tell.ago(15, "11:10"), GLUCOSE, values={"glucose": "5.10"})
    drinks = (
        (tell.ago(58, "08:55"), "5.0", ""),
        (tell.ago(58, "09:57"), "9.8", ""),
        (tell.ago(58, "10:58"), "8.7", "H"),
    )
    tell.words(DONCASTER, tell.ago(58, "08:55"), glucose_tolerance(drinks), "CH", "", days_to_report=0.2)


def woman_of_two_practices(tell: Scribe) -> None:
    """Lupus at Sheffield, physiotherapy scans at Doncaster; the trusts name different practices."""
    tell.words(SHEFFIELD, tell.ago(800, "11:00"), antinuclear_antibody("320"), "SR", "Serum", copied_to=(CHESTERFIELD,))
    tell.routine(SHEFFIELD, FBC, U_AND_E, CRP, years=2, every=90, until=10)
    tell.image(DONCASTER, tell.ago(130, "08:20"), MRI_SPINE, reason="Left leg pain, numb big toe")
    tell.words(SHEFFIELD, tell.ago(95, "16:40"), cervical_cytology(), "CP", "Cervical sample", days_to_report=11)


def young_man_at_the_clinic(tell: Scribe) -> None:
    """Ordinary results at Rotherham and Sheffield, and sexual health results that Rotherham never shares."""
    tell.routine(ROTHERHAM, FBC, LFT, years=1, every=150, until=20)
    tell.blood(SHEFFIELD, tell.ago(90, "14:00"), D_DIMER, values={"d_dimer": "<150"})
    code = trust_system(ROTHERHAM, "code")
    pcr, serology = (code, "GUMPCR", "Sexual health PCR"), (code, "GUMSER", "Sexual health serology")
    tell.words(
        ROTHERHAM, tell.ago(41, "18:10"), sexual_health_pcr(), "MB", "First-catch urine", security=(SEXUAL_HEALTH, pcr)
    )
    tell.words(
        ROTHERHAM, tell.ago(41, "18:10"), sexual_health_serology(), "SR", "Serum", security=(SEXUAL_HEALTH, serology)
    )
    tell.words(ROTHERHAM, tell.ago(400, "18:20"), sexual_health_pcr(), "MB", "First-catch urine", security=(pcr,))


def woman_not_yet_traced(tell: Scribe) -> None:
    """Mid Yorkshire has not verified her NHS number; what it holds may be somebody else's."""
    tell.routine(SHEFFIELD, U_AND_E, FBC, years=3, every=180, until=35)
    tell.blood(MID_YORKSHIRE, tell.ago(5, "23:40"), U_AND_E, FBC, TROPONIN_I, values={"troponin_i": "<2"})


def restricted_patient(tell: Scribe) -> None:
    """Her record is restricted: no address, no practice."""
    tell.routine(SHEFFIELD, FBC, U_AND_E, years=2, every=200, until=30)
    tell.image(BARNSLEY, tell.ago(66, "02:10"), CT_HEAD, reason="Head injury")


def man_who_died(tell: Scribe) -> None:
    """His last illness: pneumonia at Barnsley and Rotherham."""
    tell.routine(ROTHERHAM, U_AND_E, FBC, years=4, every=150, until=60)
    tell.image(BARNSLEY, tell.ago(46, "21:00"), CHEST_PNEUMONIA)
    tell.blood(BARNSLEY, tell.ago(46, "21:10"), U_AND_E, CRP, values={"crp": "318", "creatinine": "221"})
    tell.words(
        BARNSLEY, tell.ago(45, "08:00"), Finding("Legionella urinary antigen", "LEGAG", Said("Negative")), "MB", "Urine"
    )
    gas = _gas() | {"gas_fio2": "0.40", "gas_temperature": "38.6", "gas_po2": "7.9"}
    tell.blood(BARNSLEY, tell.ago(46, "21:05"), ARTERIAL_GAS, values=gas, issued=tell.ago(46, "21:08"))
    tell.refined(
        BARNSLEY,
        tell.ago(46, "21:20"),
        gram_film("Both bottles", "Gram negative bacilli"),
        blood_culture([E_COLI], "Both bottles"),
        "MB",
        "Blood culture",
    )
    tell.words(BARNSLEY, tell.ago(45, "06:10"), isolate_in_components(PSEUDOMONAS), "MB", "Sputum")


def first_of_one_number(tell: Scribe) -> None:
    """She and somebody else were once given one NHS number."""
    tell.routine(BARNSLEY, FBC, TFT, years=3, every=160, until=25)


def second_of_one_number(tell: Scribe) -> None:
    """He and somebody else were once given one NHS number."""
    tell.routine(ROTHERHAM, LFT, U_AND_E, years=2, every=140, until=45)


def one_of_many(tell: Scribe) -> None:
    """One of many with the same name: a few blood tests."""
    tell.routine(SHEFFIELD, FBC, U_AND_E, years=1, every=170, until=20)


def nothing(_: Scribe) -> None:
    """Known, and never tested."""
