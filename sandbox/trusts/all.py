"""The seven, in the order every page shows them."""

from sandbox.trust import Trust
from sandbox.trusts import (
    barnsley,
    chesterfield,
    doncaster_and_bassetlaw,
    mid_yorkshire,
    rotherham,
    sheffield_childrens,
    sheffield_teaching,
)

TRUSTS: tuple[Trust, ...] = (
    barnsley.TRUST,
    chesterfield.TRUST,
    doncaster_and_bassetlaw.TRUST,
    mid_yorkshire.TRUST,
    rotherham.TRUST,
    sheffield_childrens.TRUST,
    sheffield_teaching.TRUST,
)
