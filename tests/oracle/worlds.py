"""Two worlds that differ only in what is withheld, and one person's way through every page in each.

Rule: nothing is scrubbed. Time stands still and secrets come from a numbered list, so that two equal worlds answer with
the same bytes; what then still differs tells of what is withheld.
"""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from itertools import count
from pathlib import Path
from re import findall

from sandbox.exact import Json
from sandbox.population import files_of
from sandbox.shelf import PatientFile
from sandbox.town import Town, demo_today
from sandbox.trusts.all import TRUSTS
from tests.whole import AMINA, Browser, Viewer, configure
from viewer.access.relationship import Claim
from viewer.app import make_app
from viewer.pages.rows import report_address
from viewer.settings import read_settings
from viewer.store.database import open_database
from viewer.store.upgrade import upgrade

CALLUM, THEO, WALTER, NAOMI = "9993034320", "9993180319", "9994127039", "9990944768"
_OBSERVATION = "http://terminology.hl7.org/CodeSystem/observation-category"
NARROWED = '\n[narrows]\nshares = ["demographics", "laboratory"]\n\n'


@dataclass(frozen=True, slots=True)
class Pair:
    """What one world holds and the other does not, none of which may be seen."""

    name: str
    nhs_number: str
    trust: str  # that holds it
    held: Callable[[str, Json], bool]  # by a trust: is this resource among what only the first world holds?
    change: Callable[[Path], None] | None = None  # of the configuration of both
    more: tuple[Json, ...] = ()  # what Rotherham holds of the patient beyond their story, in the first world


def labelled(trust: str, *codes: str) -> Callable[[str, Json], bool]:
    """Everything of this trust that carries one of these codes as a label."""
    return lambda at, body: (
        at == trust and any(label["code"] in codes for label in body.get("meta", {}).get("security", ()))
    )


def imaging(trust: str) -> Callable[[str, Json], bool]:
    """Everything of this trust that is of radiology."""

    def held(at: str, body: Json) -> bool:
        categories = [coding["code"] for one in body.get("category", ()) for coding in one.get("coding", ())]
        return at == trust and (body["resourceType"] == "ImagingStudy" or "RAD" in categories)

    return held


def of_patient(number: str) -> Callable[[str, Json], bool]:
    """The patient herself, wherever she is known."""
    return lambda _, body: any(one["value"] == number for one in body.get("identifier", ()))


def without_radiology(trust: str) -> Callable[[Path], None]:
    """Let this trust's own file share no radiology."""

    def change(config: Path) -> None:
        file = config / "trusts" / f"{trust}.toml"
        said, mark, classes = file.read_text().partition("[[narrows")
        file.write_text(said + NARROWED + mark + classes)

    return change


_STD = {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "STD"}]}
_REPORT: Json = {
    "resourceType": "DiagnosticReport",
    "meta": _STD,
    "status": "final",
    "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": "LAB"}]}],
    "code": {"coding": [{"system": "http://snomed.info/sct", "code": "721981007"}]},
    "issued": "2026-01-01T10:00:00Z",
}
_LOOSE: Json = {
    "resourceType": "Observation",
    "meta": _STD,
    "status": "final",
    "category": [{"coding": [{"system": _OBSERVATION, "code": "laboratory"}]}],
    "code": {"text": "Hidden"},
}
ODD = (
    _REPORT | {"id": "odd-1", "issued": 5},
    _REPORT | {"id": "odd-2", "result": [{"reference": "Observation/odd-never-sent"}]},
    _REPORT | {"id": "odd-3", "presentedForm": [{"contentType": "application/pdf", "data": "JVBERi0="}]},
    _LOOSE | {"id": "odd-4", "valueString": "Hidden"},
    _LOOSE | {"id": "odd-5", "valueQuantity": {"value": "no number"}},
)
PAIRS = (
    Pair("a class of the trust’s own file", CALLUM, "rotherham", labelled("rotherham", "STD", "GUMPCR", "GUMSER")),
    Pair("a class of the agreement", THEO, "sheffield_childrens", labelled("sheffield_childrens", "VIO", "SAFEG")),
    Pair("a kind the trust does not share", WALTER, "rotherham", imaging("rotherham"), without_radiology("rotherham")),
    Pair(
        "what cannot be read, of a class", CALLUM, "rotherham", lambda _, body: body["id"].startswith("odd-"), more=ODD
    ),
)
RESTRICTED = Pair("a restricted patient", NAOMI, "barnsley", of_patient(NAOMI))


# ── A world ──────────────────────────────────────────────────────────────────────────────────────


def all_of(pair: Pair) -> Callable[[str, Iterable[PatientFile]], Iterable[PatientFile]]:
    """What the trusts of the first world hold."""

    def holds(trust: str, files: Iterable[PatientFile]) -> Iterator[PatientFile]:
        for file in files:
            theirs = trust == "rotherham" and pair.nhs_number in {one["value"] for one in file.patient["identifier"]}
            yield replace(file, fill=_with(file.fill, file.patient["id"], pair.more)) if theirs else file

    return holds


def _with(fill: Callable[[], Iterable[Json]], patient: str, more: Iterable[Json]) -> Callable[[], Iterable[Json]]:
    return lambda: [*fill(), *(body | {"subject": {"reference": f"Patient/{patient}"}} for body in more)]


def less(pair: Pair) -> Callable[[str, Iterable[PatientFile]], Iterable[PatientFile]]:
    """What the trusts of the second world hold."""

    def holds(trust: str, files: Iterable[PatientFile]) -> Iterator[PatientFile]:
        for file in files:
            if not pair.held(trust, file.patient):
                yield replace(file, fill=_without(file.fill, trust, pair))

    return holds


def _without(fill: Callable[[], Iterable[Json]], trust: str, pair: Pair) -> Callable[[], Iterable[Json]]:
    return lambda: [body for body in fill() if not pair.held(trust, body)]


@contextmanager
def world(town: Town, folder: Path, clock: Callable[[], datetime], pair: Pair) -> Iterator[Viewer]:
    """A viewer of this town whose time and secrets are given."""
    environ = configure(town, folder, of_pds=1.5, change=pair.change)
    settings = read_settings(environ)
    engine = open_database(settings.database)
    upgrade(engine)
    engine.dispose()
    numbers = count()
    app = make_app(settings, clock, lambda: numbered_secret(next(numbers)), lambda: 0.0)
    try:
        yield Viewer(app, settings, environ)
    finally:
        app.extensions["close"]()


def numbered_secret(number: int) -> str:
    return urlsafe_b64encode(sha256(str(number).encode()).digest()).decode().rstrip("=")


# ── A person's way ───────────────────────────────────────────────────────────────────────────────

Seen = list[tuple[str, int, list[tuple[str, str]], bytes]]  # where, status, headers (cookies among them), body


class Walk:
    """One browser's way through the pages; everything that came back is kept."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.seen: Seen = []

    def get(self, path: str, **cookies: str) -> str:
        for name, value in cookies.items():
            self.browser.client.set_cookie(name, value, domain="localhost")
        text = self._keep("GET", path, self.browser.get(path))
        for name in cookies:
            self.browser.client.delete_cookie(name, domain="localhost")
        return text

    def post(self, path: str, **form: str) -> str:
        """Send a form and return where it leads."""
        sent = self.browser.post(path, **form)
        self._keep("POST", path, sent)
        return str(sent.location)

    def listen_again(self, path: str, trust: str, town: Town) -> None:
        """Ask one trust again, on a stream; it is held until all that is known already was sent, so as to come last."""
        town.weather(trust, "held")
        path = f"{path}/stream?again={trust}"
        stream = self.browser.client.get(path, base_url="https://localhost", buffered=False)
        events = stream.iter_encoded()
        known = [next(events), next(events)]
        town.let_go(trust)
        stream.response = [*known, *events]
        self._keep("GET", path, stream)

    def _keep(self, method: str, path: str, response) -> str:  # type: ignore[no-untyped-def]
        body = response.get_data()
        self.seen.append((f"{method} {path}", response.status_code, sorted(response.headers.items()), body))
        return body.decode()


def look_at(viewer: Viewer, town: Town, pair: Pair, hidden: Iterable[str]) -> Seen:
    """Find and open the patient, then see every page there is of them; and ask for what is hidden by its address."""
    walk = Walk(viewer.browser(AMINA))
    found = walk.get(walk.post("/find", nhs_number=pair.nhs_number))
    confirm = findall(r'href="(/find/[^"]+/confirm/[^"]+)"', found)[0]
    walk.get(confirm)
    _, _, handle, _, listed = confirm.split("/")
    path = walk.post(
        "/patients", handle=handle, listed=listed, why=f"emergency-care/{Claim.IN_DEPARTMENT}", reason="Bay"
    )
    whole = walk.get(path)
    walk.get(path, script="1")
    walk.get(f"{path}/stream")
    walk.listen_again(path, pair.trust, town)
    for query in ("?kind=laboratory", "?kind=radiology", "?period=year", "?whole=1", "?find=sexual"):
        walk.get(path + query)
    for words in ("sexual", "safeguarding", "CT", "Full blood"):
        walk.post(path, find=words)
    walk.get(f"{path}/print")
    for address in list(dict.fromkeys(findall(rf'href="({path}/reports/[^"#]+)"', whole)))[:12]:
        walk.get(address)
    opened = viewer.opened(walk.browser, path)
    for key in hidden:
        walk.get(report_address(opened, key))
        walk.get(f"{report_address(opened, key)}/attachments/1")
    for page in ("/", "/find", "/patients", "/agreements", "/health"):
        walk.get(page)
    return walk.seen


def hidden_in(pair: Pair) -> tuple[str, ...]:
    """The keys of what the first world holds and nobody may see, and one of a report that nobody ever held."""
    held = [
        f"{trust.name}/{body['resourceType']}/{body['id']}"
        for trust in TRUSTS
        for file in all_of(pair)(trust.name, files_of(trust, demo_today()))
        if pair.nhs_number in {one["value"] for one in file.patient["identifier"]}
        for body in file.fill()
        if pair.held(trust.name, body) and body["resourceType"] in ("DiagnosticReport", "ImagingStudy")
    ]
    return (*held, "rotherham/DiagnosticReport/nobody-ever-held-it")


def search_for(viewer: Viewer, town: Town, pair: Pair, _: Iterable[str] = ()) -> Seen:
    """Search for somebody who may not be listed, in every way there is, and try to open them."""
    walk = Walk(viewer.browser(AMINA))
    traits = {"family": "Fenwick", "born_day": "8", "born_month": "10", "born_year": "1990"}
    searches: tuple[dict[str, str], ...] = (
        {"nhs_number": pair.nhs_number},
        {**traits, "given": "Naomi"},
        {**traits, "gender": "female"},
    )
    for search in searches:
        found = walk.post("/find", **search)
        walk.get(found)
        handle = found.split("/")[2]
        walk.get(f"/find/{handle}/confirm/0")
        walk.post("/patients", handle=handle, listed="0", why="emergency-care/in-department", reason="Bay")
        walk.get("/")
    return walk.seen


def both(pair: Pair, folder: Path, walk: Callable[[Viewer, Town], Seen], tries: int = 2) -> tuple[Seen, list[str]]:
    """Walk both worlds. On a machine that stood still PDS may be late in one of them: a leak would come again."""
    gone = [pair.nhs_number] if pair is RESTRICTED else []
    with (
        Town(identity_provider=False, quick=True, holds=all_of(pair)) as town,
        Town(identity_provider=False, quick=True, holds=less(pair), unknown_to_pds=gone) as other,
    ):
        for attempt in range(tries):
            now = at_the_second()
            one = _walk(town, pair, folder / f"{attempt}-with", now, walk)
            differ = differences(one, _walk(other, pair, folder / f"{attempt}-without", now, walk))
            if not differ:
                break
    return one, differ


def _walk(town: Town, pair: Pair, folder: Path, now: datetime, walk: Callable[[Viewer, Town], Seen]) -> Seen:
    folder.mkdir()
    with world(town, folder, lambda: now, pair) as viewer:
        return walk(viewer, town)


def at_the_second() -> datetime:
    """The time now, to stand still from here on."""
    return datetime.now(UTC).replace(microsecond=0)


def differences(one: Seen, other: Seen) -> list[str]:
    """Where two walks differ: the page, and the first place in it."""
    if [seen[0] for seen in one] != [seen[0] for seen in other]:
        return [
            "the ways part: " + str(next(pair for pair in zip(one, other, strict=False) if pair[0][0] != pair[1][0]))
        ]
    return [_difference(here, there) for here, there in zip(one, other, strict=True) if here != there]


def _difference(here, there) -> str:  # type: ignore[no-untyped-def]
    if here[1:3] != there[1:3]:
        return f"{here[0]}: {here[1:3]} and {there[1:3]}"
    place = next(
        (n for n, (a, b) in enumerate(zip(here[3], there[3], strict=False)) if a != b), min(len(here[3]), len(there[3]))
    )
    return f"{here[0]}: {here[3][max(0, place - 80) : place + 80]!r} and {there[3][max(0, place - 80) : place + 80]!r}"
