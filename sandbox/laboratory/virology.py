"""Respiratory PCR and serology, reported in words."""

from sandbox.laboratory.finding import Dilution, Finding, Said

SNOMED = "http://snomed.info/sct"
DETECTED = (SNOMED, "260373001", "Detected")
NOT_DETECTED = (SNOMED, "260415000", "Not detected")


def respiratory_pcr(detected: str = "") -> Finding:
    """Return SARS-CoV-2, influenza A and B and RSV by PCR; at most one of them detected."""
    viruses = (("SARS-CoV-2", "COVP"), ("Influenza A", "FLUA"), ("Influenza B", "FLUB"), ("RSV", "RSVP"))
    members = tuple(_pcr(f"{virus} RNA", local, found=virus == detected) for virus, local in viruses)
    return Finding("Respiratory virus PCR", "RVPCR", members=members)


def hepatitis_screen() -> Finding:
    """Return hepatitis B and C serology in words."""
    return Finding(
        "Hepatitis serology",
        "HEPS",
        members=(
            Finding("Hepatitis B surface antigen", "HBSAG", Said("Not detected", NOT_DETECTED)),
            Finding("Hepatitis B core antibody", "HBCAB", Said("Not detected", NOT_DETECTED)),
            Finding("Anti-HBs", "HBSAB", Said("Equivocal: repeat if at risk", as_string=True)),
            Finding("Hepatitis C antibody", "HCVAB", Said("Negative")),
        ),
    )


def rubella_immunity() -> Finding:
    """Return rubella serology: an answer in words."""
    return Finding("Rubella IgG", "RUBG", Said("Immune: antibody consistent with past infection or vaccination"))


def antinuclear_antibody(one_in: str) -> Finding:
    """Return an antinuclear antibody with its titre."""
    return Finding(
        "Antinuclear antibody",
        "ANA",
        members=(
            Finding("ANA", "ANAR", Said("Positive"), flag="PA"),
            Finding("ANA titre", "ANAT", Dilution(one_in), interval_text="Up to 1 in 80"),
            Finding("ANA pattern", "ANAP", Said("Homogeneous")),
        ),
    )


def sexual_health_pcr() -> Finding:
    """Return a sexual health clinic's PCR: never shared by Rotherham."""
    members = (
        Finding("Chlamydia trachomatis DNA", "GUMPCR", Said("Detected", DETECTED), flag="PA"),
        Finding("Neisseria gonorrhoeae DNA", "GUMPCR", Said("Not detected", NOT_DETECTED)),
    )
    return Finding("Sexual health PCR", "GUMPCR", members=members)


def sexual_health_serology() -> Finding:
    """Return a sexual health clinic's serology: never shared by Rotherham."""
    members = (
        Finding("HIV 1 and 2 antigen/antibody", "GUMSER", Said("Not detected", NOT_DETECTED)),
        Finding("Treponemal antibody", "GUMSER", Said("Not detected", NOT_DETECTED)),
    )
    return Finding("Sexual health serology", "GUMSER", members=members)


def _pcr(name: str, local: str, *, found: bool) -> Finding:
    return Finding(
        name,
        local,
        Said("Detected", DETECTED) if found else Said("Not detected", NOT_DETECTED),
        flag="PA" if found else "",
    )
