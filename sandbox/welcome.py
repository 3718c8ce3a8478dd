"""What the sandbox says to people: which patients show what, and who can sign in."""

from sandbox.generator import GENERATED
from sandbox.numbers import spaced
from sandbox.patients import NAMED, SMITHS, Named
from sandbox.people import PEOPLE
from sandbox.trusts.all import TRUSTS


def patients() -> str:
    """Return the patients and what each shows, one line each."""
    shown = (*NAMED, SMITHS[0], *GENERATED)
    return "\n".join(f"  {spaced(one.person.digits)}  {_name(one):<36}{one.shows}" for one in shown)


def people() -> str:
    """Return who can sign in, one line each."""
    return "\n".join(f"  {person.name:<22}{person.summary}" for person in PEOPLE.values())


def welcome(viewer: str) -> str:
    """Return everything a visitor of the demo needs."""
    return f"""
Open {viewer} and sign in. All of it is invented; nobody here is real.

Who can sign in (no password: press the name)
{people()}

Patients, by NHS number
{patients()}

Open a patient from Sheffield Teaching's record system
  http://localhost:8110
and order tests there: what was done already stands on cards (CDS Hooks)
  http://localhost:8110/order

Change the weather over a trust or PDS while you look
  .venv/bin/python -m sandbox weather barnsley late 5
  .venv/bin/python -m sandbox weather pds late 5
  .venv/bin/python -m sandbox weather all fine
  trusts: {", ".join(trust.name for trust in TRUSTS)}; and pds

Ctrl-C ends all of it.
"""


def _name(named: Named) -> str:
    person = named.person
    return f"{person.family.upper()}, {' '.join(person.given)} {person.born:%d-%b-%Y}"
