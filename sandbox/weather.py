"""The weather over each trust, and over PDS: what can go wrong there, by name, and what is going wrong now.

Rule: the whole list is the table below. `storms.py` is what happens to an answer on its way out,
`mischief.py` what happens to what a page says.
"""

from dataclasses import dataclass
from enum import StrEnum


class On(StrEnum):
    """Which searches a weather falls on."""

    ALL = "all"
    RESULTS = "results"
    PATIENTS = "patients"


@dataclass(frozen=True, slots=True)
class Kind:
    """One weather there is."""

    meaning: str
    on: On = On.ALL
    number: float = 0
    number_means: str = ""


WEATHERS: dict[str, Kind] = {
    "fine": Kind("answers as the trust always does"),
    "quick": Kind("answers at once, even where the trust is a slow one"),
    "late": Kind("answers after a while", number=2, number_means="seconds"),
    "held": Kind("keeps its answers until the weather over it changes, and then sends them"),
    "hanging": Kind("takes the question and never says a word"),
    "dripping": Kind("sends a few bytes at a time, for ever", number=0.2, number_means="seconds between drops"),
    "refused": Kind("refuses: 403"),
    "unauthorised": Kind("does not accept the token it gave: 401"),
    "token_refused": Kind("gives no token: the token endpoint answers 401 invalid_client"),
    "too_many": Kind("asks us to slow down: 429 with Retry-After", number=30, number_means="seconds of Retry-After"),
    "error": Kind("has failed", number=500, number_means="HTTP status"),
    "garbled": Kind("sends JSON that stops in the middle"),
    "html": Kind("sends a log-in page instead of JSON, with status 200"),
    "redirect": Kind("sends the client elsewhere: 302 to another origin"),
    "disconnect": Kind("hangs up before it has answered"),
    "dead": Kind("its port refuses connections"),
    "long_headers": Kind("sends headers of a great length", number=256, number_means="KiB"),
    "bomb": Kind("sends a gzip bomb, though identity was asked for", number=300, number_means="MB when inflated"),
    "huge": Kind("sends a body without end, as plain text", number=300, number_means="MB"),
    "deep": Kind("sends JSON nested very deep", number=20_000, number_means="levels"),
    "half_page": Kind(
        "sends the first page; the second fails", On.RESULTS, 500, "HTTP status, or 0 to hang up half-way"
    ),
    "loop": Kind("its next link leads to the page itself", On.RESULTS),
    "foreign_next": Kind("its next link leads to another origin", On.RESULTS),
    "wrong_patient": Kind("adds an entry about somebody else", On.RESULTS),
    "everybody": Kind("passes over the patient parameter and sends everybody's", On.RESULTS),
    "unknown_fields": Kind("adds fields that FHIR does not have", On.RESULTS),
    "one_broken": Kind("sends one resource with wrong types among good ones", On.RESULTS),
    "outcome_entry": Kind("says in an OperationOutcome entry that something is missing", On.RESULTS),
    "miscounted": Kind("says there are more matches than it sends", On.RESULTS, 3, "how many more"),
}


@dataclass(frozen=True, slots=True)
class Weather:
    """A weather in force."""

    name: str = "fine"
    number: float = 0
    on: On = On.ALL

    def over(self, resource: str) -> "Weather":
        """Return this weather if it falls on searches of this resource, else fine weather."""
        asks_who = resource == "Patient"
        falls = self.on is On.ALL or (self.on is On.PATIENTS) == asks_who
        return self if falls else Weather()


@dataclass(frozen=True, slots=True)
class NoSuchWeather:
    """Why a weather cannot be made."""

    reason: str


def read_weather(name: str, number: float | None = None, on: str = "") -> Weather | NoSuchWeather:
    """Return the weather of this name, with its own number and place when none are given."""
    kind = WEATHERS.get(name)
    if kind is None:
        return NoSuchWeather(f"no weather is called {name!r}; there are {', '.join(WEATHERS)}")
    if on and on not in set(On):
        return NoSuchWeather(f"weather falls on {', '.join(On)}, not on {on!r}")
    return Weather(name, kind.number if number is None else number, On(on) if on else kind.on)


def describe_weathers() -> str:
    """Return the list for people, one line each."""
    return "\n".join(f"  {name:<15} {kind.meaning}{_number(kind)}" for name, kind in WEATHERS.items())


def _number(kind: Kind) -> str:
    return f" [{kind.number:g} {kind.number_means}]" if kind.number_means else ""
