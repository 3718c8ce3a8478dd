"""What is known of the patient beside the trusts' records: a dissent, and the word of the national register (PDS)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PdsWord:
    """What PDS answered about a patient."""

    practice: str = ""  # ODS code of the GP practice it names, or ""
    restricted: bool = False  # it marks the record R or V


@dataclass(frozen=True, slots=True)
class Standing:
    """How the patient stands now. `pds` is None when it was not asked, or gave no answer."""

    dissent: bool = False  # recorded, and not ended
    pds: PdsWord | None = None
