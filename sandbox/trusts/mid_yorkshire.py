"""Mid Yorkshire: panels nested in panels, one of them in a circle; microbiology; amended and cancelled reports."""

from collections.abc import Sequence

from sandbox.exact import Json
from sandbox.laboratory.analyte import ranges
from sandbox.laboratory.laboratory import Flags, Laboratory
from sandbox.trust import Trust

_BLOOD_SCIENCES = ("CH", "HM")
_CIRCULAR = "LFT"  # the liver panel's last member names the panel as its member


def _nested(resources: Sequence[Json]) -> Sequence[Json]:
    """Put the panels of the blood sciences under one more group, and close the liver panel's circle."""
    report = resources[0]
    first = next((one for one in resources if one["resourceType"] == "Observation"), None)
    if first is None or "hasMember" not in first or _discipline(report) not in _BLOOD_SCIENCES:
        return resources
    outer = _profile(first, report["result"])
    changed = [_circular(one, first) if _local(first) == _CIRCULAR else one for one in resources[1:]]
    return [report | {"result": [{"reference": f"Observation/{outer['id']}"}]}, outer, *changed]


def _profile(first: Json, members: list[Json]) -> Json:
    same = {
        name: first[name] for name in ("resourceType", "meta", "status", "category", "subject", "issued", "performer")
    }
    return same | {
        "id": f"{first['id']}-all",
        "code": {"text": f"{first['code']['text']} profile"},
        "hasMember": members,
    }


def _circular(one: Json, group: Json) -> Json:
    is_last = one["id"] == group["hasMember"][-1]["reference"].removeprefix("Observation/")
    return one | {"hasMember": [{"reference": f"Observation/{group['id']}"}]} if is_last else one


def _discipline(report: Json) -> str:
    code: str = report["category"][-1]["coding"][0]["code"]
    return code


def _local(observation: Json) -> str:
    code: str = observation["code"]["coding"][-1]["code"]
    return code


TRUST = Trust(
    name="mid_yorkshire",
    ods="RXF",
    full_title="Mid Yorkshire Teaching NHS Trust",
    port=8104,
    laboratory=Laboratory(
        intervals={"haemoglobin": ranges("..16 110-150", "M 130-175", "F 115-160"), "platelets": ranges("150-450")},
        flags={"": Flags.NHS, "HM": Flags.OUTSIDE},
    ),
    habit=_nested,
)
