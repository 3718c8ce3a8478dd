"""A record system's ordering: asks Trustline by CDS Hooks what was done already, and shows the cards it gets.

It calls from its own server, as its trust's file lets it, with a token for each call. What a card says is read as
Markdown, as far as Trustline writes it: paragraphs, lists and escaped characters.
"""

import html
import re
import secrets
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from aiohttp import ClientError, ClientSession
from joserfc import jwt
from joserfc.jwk import ECKey

from sandbox.encounters import IN_DEPARTMENT, VISITS
from sandbox.epr_keys import ordering_key_id, ordering_pem
from sandbox.fhir import ACT_CODE
from sandbox.patients import Named
from sandbox.people import Person
from sandbox.population import patient_resource
from sandbox.trust import Trust

SERVICE = "trustline-already-done-"
TESTS = {"UE": "U&E", "CRP": "CRP", "HB": "Full blood count", "HBA1C": "HbA1c", "TNT": "Troponin T"}
GOING_ON = ("arrived", "triaged", "in-progress")
JOB_ROLE = "https://fhir.hl7.org.uk/CodeSystem/UKCore-SDSJobRoleName"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cards:
    """What came back: cards, or why there are none."""

    cards: Sequence[Json] = ()
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Ordering:
    """The ordering of one trust's record system. `viewer` is where Trustline is."""

    trust: Trust
    today: date
    viewer: str

    async def ask(self, user: Person, patient: Named, tests: Sequence[str]) -> Cards:
        """Ask about tests that are about to be signed for; without any, about what was done in the last 72 hours."""
        hook = "order-sign" if tests else "patient-view"
        address = f"{self.viewer}/cds-services/{SERVICE}{hook}"
        headers = {"Authorization": f"Bearer {self._token(address)}"}
        try:
            async with (
                ClientSession() as client,
                client.post(address, json=self._call(hook, user, patient, tests), headers=headers) as answer,
            ):
                said = await answer.json()
        except (ClientError, ValueError) as trouble:
            return Cards(trouble=f"Trustline did not answer: {type(trouble).__name__}")
        return Cards(said.get("cards", ()), said.get("error", ""))

    def _token(self, address: str) -> str:
        now = int(time.time())
        claims = {
            "iss": f"https://epr.{self.trust.name.replace('_', '-')}.example",
            "aud": address,
            "iat": now,
            "exp": now + 240,
            "jti": secrets.token_urlsafe(16),
        }
        head = {"alg": "ES384", "kid": ordering_key_id(self.trust.name), "typ": "JWT"}
        return jwt.encode(head, claims, ECKey.import_key(ordering_pem(self.trust.name)), algorithms=["ES384"])

    def _call(self, hook: str, user: Person, patient: Named, tests: Sequence[str]) -> Json:
        body = patient_resource(patient.as_known_at(self.trust.name), self.trust, self.today)
        orders = [{"resource": self._order(code, body["id"])} for code in tests]
        return {
            "hook": hook,
            "hookInstance": secrets.token_urlsafe(16),
            "context": {
                "userId": f"Practitioner/{user.user}",
                "patientId": body["id"],
                **({"draftOrders": {"resourceType": "Bundle", "entry": orders}} if orders else {}),
            },
            "prefetch": {
                "patient": body,
                "practitioner": _practitioner(user),
                "practitionerRole": self._role(user),
                "encounter": self._encounter(patient),
            },
        }

    def _order(self, code: str, patient_id: str) -> Json:
        return {
            "resourceType": "ServiceRequest",
            "id": f"draft-{code}",
            "status": "draft",
            "intent": "order",
            "code": {
                "coding": [{"system": f"https://fhir.sandbox.example/{self.trust.name}/code", "code": code}],
                "text": TESTS.get(code, code),
            },
            "subject": {"reference": f"Patient/{patient_id}"},
        }

    def _role(self, user: Person) -> Json:
        job = next(one for one in user.jobs if one.organisation.ods == self.trust.ods)
        return {
            "resourceType": "PractitionerRole",
            "id": job.profile,
            "identifier": [{"system": "https://fhir.nhs.uk/Id/sds-role-profile-id", "value": job.profile}],
            "practitioner": {"reference": f"Practitioner/{user.user}"},
            "organization": {
                "identifier": {"system": "https://fhir.nhs.uk/Id/ods-organization-code", "value": self.trust.ods}
            },
            "code": [{"coding": [{"system": JOB_ROLE, "code": job.code.rpartition(":")[2]}]}],
        }

    def _encounter(self, patient: Named) -> Json | None:
        """Return the visit that goes on at this trust, as far as its kind goes."""
        visits = (*VISITS.get(patient.person.key, ()), *IN_DEPARTMENT.get(patient.person.key, ()))
        here = next((one for one in visits if one.trust == self.trust.name and one.status in GOING_ON), None)
        if here is None:
            return None
        return {"resourceType": "Encounter", "class": {"system": ACT_CODE, "code": here.klass}}


def _practitioner(user: Person) -> Json:
    identifier = [{"system": "https://fhir.nhs.uk/Id/sds-user-id", "value": user.useruid}]
    return {"resourceType": "Practitioner", "id": user.user, "identifier": identifier, "name": [{"text": user.name}]}


# What is shown


def ordering_page(trust: Trust, people: str, patients: str, asked: Cards | None = None) -> str:
    """Return the page: whom and what to order for, and below it the cards of what was ordered."""
    tests = "".join(
        f'<label><input type="checkbox" name="test" value="{code}"> {html.escape(name)}</label> '
        for code, name in TESTS.items()
    )
    shown = "" if asked is None else _shown(asked)
    return _PAGE.format(trust=html.escape(trust.full_title), people=people, patients=patients, tests=tests, shown=shown)


def _shown(asked: Cards) -> str:
    if asked.trouble:
        return f"<h2>No cards</h2><p>{html.escape(asked.trouble)}</p>"
    return f"<h2>{len(asked.cards)} from Trustline</h2>" + "".join(_card(one) for one in asked.cards)


def _card(card: Json) -> str:
    links = "".join(_link(one) for one in card.get("links", ()))
    return f"<article><h3>{html.escape(card['summary'])}</h3>{''.join(_markdown(card['detail']))}{links}</article>"


def _link(link: Json) -> str:
    return f'<p><a href="{html.escape(link["url"])}" target="trustline">{html.escape(link["label"])}</a></p>'


def _markdown(text: str) -> Iterable[str]:
    for part in text.split("\n\n"):
        lines = part.split("\n")
        if all(line.startswith("* ") for line in lines):
            yield "<ul>" + "".join(f"<li>{_plain(line[2:])}</li>" for line in lines) + "</ul>"
        else:
            yield f"<p>{_plain(part)}</p>"


def _plain(text: str) -> str:
    """Return what escaped Markdown shows."""
    return html.escape(re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text))


_PAGE = """<!DOCTYPE html>
<html lang="en-GB"><head><meta charset="utf-8"><title>Ordering</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body {{ margin: 20px; max-width: 60rem; font: 1rem/1.5 Arial, sans-serif }}
select, button {{ font: inherit; min-height: 44px; max-width: 100% }}
label {{ display: inline-block; min-height: 32px; margin-right: 12px }}
article {{ margin: 12px 0; padding: 4px 16px; border: 1px solid #4c6272; border-left-width: 6px }}
h3, article p {{ overflow-wrap: anywhere }}</style>
<link rel="icon" href="data:,"></head>
<body><h1>Ordering at {trust}</h1>
<p>Part of the sandbox. All of it is invented, and nothing is ordered. <a href="/">The record system</a></p>
<form method="post" action="/order">
<p><label>Who orders <select name="user">{people}</select></label></p>
<p><label>Patient <select name="patient">{patients}</select></label></p>
<fieldset><legend>Tests about to be signed for</legend>{tests}</fieldset>
<p><button>Ask Trustline what was done already</button></p>
<p>Without a test it asks, as on opening the patient, what was done in the last 72 hours.</p>
</form>
{shown}</body></html>
"""
