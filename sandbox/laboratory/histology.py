"""Histology: a report in sections of prose, and a synoptic table in fixed-width text."""

from sandbox.laboratory.finding import Finding, Said

SNOMED = "http://snomed.info/sct"

_BREAST = (
    ("Clinical details", "HCLIN", "Right breast, 15 mm mass at 10 o'clock, U5. Core biopsy."),
    ("Macroscopy", "HMAC", "Four cores of pale tissue, the longest 17 mm. All embedded, one block."),
    (
        "Microscopy",
        "HMIC",
        (
            "The cores contain invasive carcinoma of no special type, with tubule formation in under 10 % "
            "(score 3), moderate pleomorphism (score 2) and 6 mitoses per 10 fields (score 1).\n"
            "No lymphovascular invasion is seen. There is associated ductal carcinoma in situ of intermediate grade."
        ),
    ),
    (
        "Receptors",
        "HREC",
        (
            "Receptor              Score      Result\n"
            "--------------------  ---------  --------\n"
            "Oestrogen (ER)        8/8        Positive\n"
            "Progesterone (PR)     6/8        Positive\n"
            "HER2 (IHC)            1+         Negative"
        ),
    ),
    ("Diagnosis", "HDIA", "Right breast core biopsy: invasive ductal carcinoma, provisional grade 2. B5b."),
)
_POLYP = (
    ("Clinical details", "HCLIN", "Surveillance colonoscopy. 8 mm sessile polyp, sigmoid, removed by snare."),
    ("Macroscopy", "HMAC", "One polypoid piece of tissue, 7 x 5 x 4 mm. Bisected, all embedded."),
    (
        "Microscopy",
        "HMIC",
        "Tubular adenoma with low grade dysplasia. No high grade dysplasia and no malignancy. Margin clear by 1 mm.",
    ),
    ("Diagnosis", "HDIA", "Sigmoid polyp: tubular adenoma, low grade dysplasia, completely excised."),
)


_CERVICAL = (
    ("Clinical details", "CCLIN", "Routine call. LMP 12 days ago. No hormones, no coil."),
    ("Adequacy", "CADQ", "Adequate. Transformation zone sampled."),
    ("Cytology", "CCYT", "Low grade squamous dyskaryosis.\nNo endocervical glandular abnormality seen."),
    ("Management", "CMAN", "Refer for colposcopy within 6 weeks."),
)


def cervical_cytology() -> Finding:
    """Return a cervical sample: HPV by PCR in words and a code, then the cytologist's sections."""
    sections = tuple(Finding(name, local, Said(text, as_string=True)) for name, local, text in _CERVICAL)
    hpv = Finding("High-risk HPV DNA", "HPV", Said("Detected", (SNOMED, "260373001", "Detected")), flag="PA")
    return Finding("Cervical cytology", "CERV", members=(sections[0], hpv, *sections[1:]))


def breast_biopsy() -> Finding:
    """Return a breast core biopsy."""
    return _sections(_BREAST)


def colonic_polyp() -> Finding:
    """Return a polyp from the sigmoid colon."""
    return _sections(_POLYP)


def diagnosis(finding: Finding) -> str:
    """Return what the report concludes: its last section."""
    last = finding.members[-1].value
    return last.text if isinstance(last, Said) else ""


def _sections(sections: tuple[tuple[str, str, str], ...]) -> Finding:
    members = tuple(Finding(name, local, Said(text, as_string=True)) for name, local, text in sections)
    return Finding("Histology", "HIST", members=members)
