"""Habits that several trusts share, as functions over the plain resources of one report."""

from collections.abc import Callable, Sequence

from sandbox.exact import Json


def each(kind: str, change: Callable[[Json], Json]) -> Callable[[Sequence[Json]], Sequence[Json]]:
    """Return the habit of changing every resource of a kind."""
    return lambda resources: [change(one) if one["resourceType"] == kind else one for one in resources]


def taken(resources: Sequence[Json]) -> str:
    """Return when the report's specimen was taken, or its images made."""
    for one in resources:
        collected = one.get("collection", {}).get("collectedDateTime") or one.get("started")
        if collected:
            return str(collected)
    return ""


def tell_the_time(resources: Sequence[Json]) -> Sequence[Json]:
    """Put the time of taking on the report and on every observation too."""
    when = taken(resources)
    timed = ("DiagnosticReport", "Observation")
    return [one | {"effectiveDateTime": when} if when and one["resourceType"] in timed else one for one in resources]
