"""Cultures with their organisms and susceptibilities, as nested groups or as one block of fixed-width text."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sandbox.laboratory.finding import Finding, Said

SNOMED = "http://snomed.info/sct"
RESISTANT, INTERMEDIATE, SUSCEPTIBLE = "R", "I", "S"
_WORDS = {RESISTANT: "Resistant", INTERMEDIATE: "Susceptible, increased exposure", SUSCEPTIBLE: "Susceptible"}


@dataclass(frozen=True, slots=True)
class Organism:
    """What grew, how much of it, what it is susceptible to (EUCAST letters), and what else is reported of it alone."""

    name: str
    growth: str
    susceptibilities: tuple[tuple[str, str], ...] = ()
    snomed: str = ""
    also: tuple[Finding, ...] = ()


E_COLI = Organism(
    "Escherichia coli",
    ">10^5 cfu/mL",
    (
        ("Amoxicillin", RESISTANT),
        ("Co-amoxiclav", INTERMEDIATE),
        ("Nitrofurantoin", SUSCEPTIBLE),
        ("Trimethoprim", RESISTANT),
        ("Cefalexin", SUSCEPTIBLE),
        ("Gentamicin", SUSCEPTIBLE),
        ("Ciprofloxacin", SUSCEPTIBLE),
    ),
    "112283007",
)
E_COLI_ESBL_SOUGHT = replace(E_COLI, also=(Finding("Extended-spectrum beta-lactamase", "ESBL", Said("Not detected")),))
STAPH_AUREUS = Organism(
    "Staphylococcus aureus",
    "Moderate growth",
    (
        ("Flucloxacillin", SUSCEPTIBLE),
        ("Clarithromycin", RESISTANT),
        ("Doxycycline", SUSCEPTIBLE),
        ("Vancomycin", SUSCEPTIBLE),
    ),
    "3092008",
)
PSEUDOMONAS = Organism(
    "Pseudomonas aeruginosa",
    "Scanty growth",
    (
        ("Ciprofloxacin", INTERMEDIATE),
        ("Piperacillin/tazobactam", INTERMEDIATE),
        ("Gentamicin", SUSCEPTIBLE),
        ("Meropenem", SUSCEPTIBLE),
    ),
)


def urine_culture(organisms: Sequence[Organism], white_cells: str) -> Finding:
    """Return a urine culture: microscopy, how much grew, then each organism with its susceptibilities."""
    microscopy = Finding(
        "Microscopy",
        "UMIC",
        members=(
            Finding("White blood cells", "UWBC", Said(white_cells, as_string=True)),
            Finding("Red blood cells", "URBC", Said("Not seen")),
            Finding("Epithelial cells", "UEPI", Said("+")),
        ),
    )
    growth = Finding("Bacterial count", "UCNT", Said(">10^5 cfu/mL", as_string=True))
    found = (growth, *map(isolate, organisms)) if organisms else (_no_growth(),)
    return Finding("Urine culture", "UCUL", members=(microscopy, *found))


def blood_culture(organisms: Sequence[Organism], bottles: str) -> Finding:
    """Return a blood culture as groups."""
    found = tuple(map(isolate, organisms)) or (Finding("Culture", "CULT", Said("No growth after 5 days")),)
    return Finding("Blood culture", "BCUL", members=(Finding("Bottles", "BOTT", Said(bottles, as_string=True)), *found))


def urine_dipstick() -> Finding:
    """Return a dipstick read at the bedside: one observation whose answers are its components."""
    pads = (
        ("Leucocytes", "++"),
        ("Nitrite", "Positive"),
        ("Protein", "+"),
        ("Blood", "Trace"),
        ("Glucose", "Negative"),
    )
    components = tuple(Finding(name, f"UD{name[:3].upper()}", Said(text)) for name, text in pads)
    return Finding("Urine dipstick (point of care)", "UDIP", components=components)


def mrsa_screen(*, isolated: bool) -> Finding:
    """Return an MRSA screen."""
    return Finding(
        "MRSA screen", "MRSA", Said("MRSA isolated" if isolated else "MRSA not isolated"), flag="PA" if isolated else ""
    )


def isolate(organism: Organism) -> Finding:
    """Return one organism: a group whose own value is the organism's name; how much grew is said of the culture."""
    code = (SNOMED, organism.snomed, organism.name) if organism.snomed else None
    members = tuple(
        Finding(f"{drug} susceptibility", drug[:6].upper().rstrip("/"), Said(_WORDS[letter]), flag=letter)
        for drug, letter in organism.susceptibilities
    )
    return Finding("Organism", "ORG", Said(organism.name, code), members=(*organism.also, *members))


def gram_film(bottles: str, seen: str) -> Finding:
    """Return what is known of a blood culture on its first day."""
    members = (
        Finding("Bottles", "BOTT", Said(bottles, as_string=True)),
        Finding("Gram film", "GRAM", Said(seen), notes=("Telephoned to the ward.",)),
    )
    return Finding("Blood culture", "BCUL", members=members)


def isolate_in_components(organism: Organism) -> Finding:
    """Return one organism whose susceptibilities are components of it: an older interface's way."""
    components = tuple(
        Finding(drug, drug[:6].upper().rstrip("/"), Said(_WORDS[letter]), flag=letter)
        for drug, letter in organism.susceptibilities
    )
    return Finding("Organism", "ORG", Said(organism.name), components=components)


def culture_as_text(title: str, specimen: str, organisms: Sequence[Organism]) -> str:
    """Return a culture as the fixed-width block that older systems send."""
    lines = [title.upper(), f"Specimen: {specimen}", "", "CULTURE"]
    lines += [f"  {number}) {organism.name:<30} {organism.growth}" for number, organism in enumerate(organisms, 1)]
    lines += ["", "SUSCEPTIBILITIES" + " " * 14 + "".join(f"{number:>4}" for number, _ in enumerate(organisms, 1))]
    drugs = dict.fromkeys(drug for organism in organisms for drug, _ in organism.susceptibilities)
    for drug in drugs:
        lines.append(
            f"  {drug:<28}" + "".join(f"{dict(organism.susceptibilities).get(drug, '-'):>4}" for organism in organisms)
        )
    return "\n".join([*lines, "", "S = susceptible   I = susceptible, increased exposure   R = resistant"])


def _no_growth() -> Finding:
    return Finding("Culture", "CULT", Said("No significant growth"))
