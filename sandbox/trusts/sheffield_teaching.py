"""Sheffield Teaching: plain UK Core R4, and by far the most of it."""

from sandbox.laboratory.analyte import ranges
from sandbox.laboratory.laboratory import Laboratory
from sandbox.pages import Manners
from sandbox.trust import Trust

TRUST = Trust(
    name="sheffield_teaching",
    ods="RHQ",
    full_title="Sheffield Teaching Hospitals NHS Foundation Trust",
    port=8107,
    laboratory=Laboratory(intervals={"haemoglobin": ranges("M 130-180", "F 115-160")}),
    manners=Manners(page_size=200),
)
