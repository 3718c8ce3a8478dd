"""The bench town on paper: seven trusts, how fast each answers, how much each holds, and what is wrong with it.

Rule: a fair view of the one patient is 9 requests and 217 resources, and the slowest trust is one page.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import accumulate

NHS_NUMBER = "9990000018"  # of the range that is never given to a person
VALUES_A_REPORT = 4
OBSERVATIONS_A_REPORT = 1 + VALUES_A_REPORT  # a panel and its values


class Weather(StrEnum):
    FAIR = "fair"
    DEAD = "dead"  # nothing listens at its port
    HANGING = "hanging"  # takes the request and never answers


@dataclass(frozen=True, slots=True)
class Place:
    """One trust of the town. `delay` is per request, in seconds; `reports` is how many stand on each of its pages.

    Its first report is of the week that `starts`, the next of the week after. `critical` are the ids of values that are
    flagged so, and the number of each.
    """

    name: str
    delay: float
    reports: tuple[int, ...]
    weather: Weather = Weather.FAIR
    starts: str = "2014-01-01"
    critical: Mapping[str, str] = field(default_factory=dict)

    @property
    def takes(self) -> float:
        """Return how long the whole of its answer takes when nothing else does."""
        return self.delay * len(self.reports)

    @property
    def patient_id(self) -> str:
        """Return its own id of the one patient."""
        return f"pat-{self.name.replace('_', '-')}"

    @property
    def report_ids(self) -> tuple[tuple[str, ...], ...]:
        """Return the ids of its reports, page by page."""
        ends = list(accumulate(self.reports))
        return tuple(
            tuple(f"rep-{self.name.replace('_', '-')}-{number:03}" for number in range(end - count, end))
            for end, count in zip(ends, self.reports, strict=True)
        )

    @property
    def resources(self) -> int:
        """Return how many resources it sends: its reports, their observations and specimens, and the patient once."""
        return 1 + sum(self.reports) * (OBSERVATIONS_A_REPORT + 2)


FAIR = (
    Place("barnsley", 0.020, (3,)),
    Place("chesterfield", 0.060, (3,)),
    Place("doncaster_and_bassetlaw", 0.110, (4, 4)),
    Place("mid_yorkshire", 0.180, (4, 3)),
    Place("rotherham", 0.260, (3,)),
    Place("sheffield_childrens", 0.380, (3,)),
    Place("sheffield_teaching", 0.500, (3,)),
)


def stormy(places: tuple[Place, ...] = FAIR, late: float = 2.0) -> tuple[Place, ...]:
    """Return the town with one trust dead, one hanging and one late by `late` seconds."""
    changed: Mapping[str, Place] = {
        "chesterfield": replace(_named(places, "chesterfield"), weather=Weather.DEAD),
        "rotherham": replace(_named(places, "rotherham"), weather=Weather.HANGING),
        "sheffield_childrens": replace(_named(places, "sheffield_childrens"), delay=late),
    }
    return tuple(changed.get(place.name, place) for place in places)


def value_ids(report_id: str) -> tuple[str, ...]:
    """Return the ids of a report's values. They stand in a page only where the value itself is shown."""
    return tuple(f"obs-{report_id}-{number}" for number in range(VALUES_A_REPORT))


def obtainable(places: tuple[Place, ...]) -> tuple[str, ...]:
    """Return the id of every value that can be got from this town by somebody who waits long enough."""
    answering = (place for place in places if place.weather is Weather.FAIR)
    reports = (report for place in answering for page in place.report_ids for report in page)
    return tuple(value for report in reports for value in value_ids(report))


def requests(places: tuple[Place, ...]) -> int:
    """Return how many requests a whole view of a fair town takes."""
    return sum(len(place.reports) for place in places)


def resources(places: tuple[Place, ...]) -> int:
    """Return how many resources a whole view of a fair town brings."""
    return sum(place.resources for place in places)


def _named(places: tuple[Place, ...], name: str) -> Place:
    return next(place for place in places if place.name == name)
