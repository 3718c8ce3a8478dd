"""Prepare the real viewer for a town: its config folder, its secrets, its database, and people already signed in.

Rule: the partnership and the agreement are the repository's own, and sign-ins and opened patients are
made by the parts the pages use. Only the trusts' addresses differ, and radiology is not searched for apart.
"""

import json
import re
import secrets
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bench.bundles import entry_of, hospital_number_system, page_of, patient_of
from bench.load import Visit
from bench.plan import Place
from bench.programs import ROOT, Server, Town, serving
from connectors.answer import Trouble, Trust
from connectors.page import read_page
from connectors.trust_config import Caps
from viewer.access.clinician import Clinician, Organisation, Role
from viewer.access.relationship import Claim, Purpose, Relationship
from viewer.clinical.patient import Patient, group_into_persons, read_patient
from viewer.clinical.patient import Person as PatientPerson
from viewer.handles import Handles
from viewer.identity.claims import Person
from viewer.identity.session import Sessions
from viewer.pages.guard import COOKIE
from viewer.steps import Opened
from viewer.store.database import open_database
from viewer.store.upgrade import upgrade

CONSULTANT = Clinician(
    "910000000001",
    "Dr Bench Example",
    Role.CONSULTANT,
    "Consultant",
    "S8000:G8000:R0050",
    "910000000101",
    Organisation("RHQ", "Sheffield Teaching Hospitals NHS Foundation Trust"),
)
IN_MY_DEPARTMENT = Relationship(Purpose.EMERGENCY_CARE, Claim.IN_DEPARTMENT)


@dataclass(frozen=True, slots=True)
class Clinic:
    """The viewer, running, and visits nobody has made yet: each of another sign-in, for which no answer is kept."""

    server: Server
    unmade: Iterator[Visit]

    def visits(self, count: int) -> tuple[Visit, ...]:
        """Return the next visits to make."""
        return tuple(next(self.unmade) for _ in range(count))


@contextmanager
def running_viewer(town: Town, folder: Path, sign_ins: int) -> Iterator[Clinic]:
    """Serve the viewer for a town, with this many people signed in, each with the patient open."""
    trusts = write_config(town, folder)
    environment = viewer_environment(folder)
    visits = sign_in(environment["TRUSTLINE_DATABASE"], the_person(town.places, trusts), sign_ins)
    with serving("wsgi:app", environment, folder) as server:
        yield Clinic(server, iter(visits))


def viewer_environment(folder: Path) -> dict[str, str]:
    """Return how the viewer is told of its config, its secrets and its database in this folder."""
    return {
        "TRUSTLINE_CONFIG": str(folder / "config"),
        "TRUSTLINE_SECRETS": str(folder / "secrets"),
        "TRUSTLINE_DATABASE": f"sqlite:///{folder / 'trustline.sqlite'}",
    }


def sign_in(database: str, person: PatientPerson, count: int) -> list[Visit]:
    """Begin sign-ins in the viewer's database and open the patient in each; return the streams to visit."""
    engine = open_database(database)
    upgrade(engine)
    sessions = Sessions(engine, lambda: datetime.now(UTC), lambda: secrets.token_urlsafe(32))
    handles = Handles(sessions, lambda: secrets.token_urlsafe(16))
    who = Person(CONSULTANT.user_id, CONSULTANT.name, (CONSULTANT,), CONSULTANT)
    visits = []
    for _ in range(count):
        cookie, signed_in = sessions.begin(who)
        handle = handles.new_handle()
        handles.keep(signed_in.reference, open_for(handle, person), handle)
        visits.append(Visit(f"/patients/{handle}/stream", f"{COOKIE}={cookie}"))
    engine.dispose()
    return visits


def the_person(places: tuple[Place, ...], trusts: Mapping[str, Trust]) -> PatientPerson:
    """Return the one patient as the trusts' own records make them."""
    records = [_record(place, trusts[place.name]) for place in places]
    (person,) = group_into_persons(records)
    return person


def open_for(handle: str, person: PatientPerson) -> Opened:
    """Return the patient as opened under a handle."""
    ids = {record.trust.name: (record.id,) for record in person.records}
    return Opened(handle, person, IN_MY_DEPARTMENT, ids, datetime.now(UTC))


def write_config(town: Town, folder: Path) -> dict[str, Trust]:
    """Write the viewer's config and secrets for a town; return the trusts as they are named there."""
    config, kept = folder / "config", folder / "secrets"
    shutil.copytree(ROOT / "config", config)
    kept.mkdir(mode=0o700)
    partnership = config / "partnership.toml"
    partnership.write_text(partnership.read_text().partition("[pds]")[0])  # these towns have no PDS; its table is last
    unsigned = re.sub(r"\n\[log\].*?(?=\n\[\[role)", "\n", partnership.read_text(), flags=re.DOTALL)
    partnership.write_text(unsigned)  # nor witnesses: the log of the figures is not signed
    trusts = {}
    for place in town.places:
        path = config / "trusts" / f"{place.name}.toml"
        own = tomllib.loads(path.read_text())
        trusts[place.name] = Trust(place.name, own["ods"], own["title"], own["full_title"], own["telephone"])
        path.write_text(_trust_file(town, trusts[place.name], own["signing_key"]))
        _keep(kept / f"{place.name}.secret", secrets.token_urlsafe(32))
    _keep(kept / "sign_in.pem", _private_key())
    _keep(kept / "sign_in.kid", "bench")
    return trusts


def _trust_file(town: Town, trust: Trust, signing_key: str) -> str:
    text: Mapping[str, Any] = {
        "ods": trust.ods,
        "title": trust.title,
        "full_title": trust.full_title,
        "telephone": trust.telephone,
        "signing_key": signing_key,
        "address": town.address(trust.name),
        "connector": "plain",
        "hospital_number_system": hospital_number_system(trust.name),
        "imaging": False,
    }
    sign_in = {
        "method": "client_secret",
        "token_address": f"http://127.0.0.1:{town.ports[trust.name]}/oauth/token",
        "client_id": "trustline",
        "secret_file": f"{trust.name}.secret",
    }
    return f"{_lines(text)}\n[sign_in]\n{_lines(sign_in)}"


def _lines(values: Mapping[str, Any]) -> str:
    return "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items())


def _keep(path: Path, secret: str) -> None:
    path.touch(mode=0o600)
    path.write_text(secret)


def _private_key() -> str:
    key = rsa.generate_private_key(65537, 2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _record(place: Place, trust: Trust) -> Patient:
    page = read_page(page_of([entry_of(patient_of(place), "match", "http://bench.example")], total=1), Caps())
    assert not isinstance(page, Trouble)
    record = read_patient(page.entries[0], trust, hospital_number_system(place.name))
    assert isinstance(record, Patient)
    return record
