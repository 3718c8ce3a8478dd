"""Sheffield Children's: slow, with ranges by the child's age, and safeguarding results that are never shared.

It flags what is inside the range too: one of the few places where "normal" is the laboratory's own word.
"""

from sandbox.laboratory.laboratory import Flags, Laboratory
from sandbox.pages import Manners
from sandbox.trust import Trust

TRUST = Trust(
    name="sheffield_childrens",
    ods="RCU",
    full_title="Sheffield Children's NHS Foundation Trust",
    port=8106,
    laboratory=Laboratory(flags={"": Flags.HL7_WITH_NORMAL}),
    manners=Manners(page_size=50, slow=(0.7, 1.5)),
)
