"""Barnsley: ten matches a page, absolute next links, HL7 flags, and the time on every observation."""

from sandbox.laboratory.analyte import ranges
from sandbox.laboratory.laboratory import Flags, Laboratory
from sandbox.pages import Manners
from sandbox.trust import Trust
from sandbox.trusts.odd import tell_the_time

TRUST = Trust(
    name="barnsley",
    ods="RFF",
    full_title="Barnsley Hospital NHS Foundation Trust",
    port=8101,
    laboratory=Laboratory(
        intervals={"creatinine": ranges("..16 25-70", "M 64-111", "F 50-98"), "platelets": ranges("150-450")},
        flags={"": Flags.HL7},
    ),
    habit=tell_the_time,
    manners=Manners(page_size=10, absolute_links=True),
)
