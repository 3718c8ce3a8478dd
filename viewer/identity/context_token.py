"""Does this token prove that a trust's record system says which patient is in front of whom, to us, now?

Rule: as strict as a sign-in. Anybody can post to that address; only the record system can sign what is posted. All that
is wrong is a value, `BadToken`, and repeats no claim. That a token comes only once is for `UsedTokens` to say.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from viewer.clinical.nhs_number import NHSNumber, read_nhs_number
from viewer.identity.signed_token import BadToken, FindKey, Token, a_moment, open_token, what_is_wrong

ALGORITHMS = frozenset({"ES256", "PS256", "RS256"})
TYPE = "trustline-context+jwt"
LIVES = timedelta(seconds=60)
LONGEST = 255  # of a person's name, and of a token's id
LONGEST_SESSION = 2048  # of a session's name: of one begun by SMART it is the launch


@dataclass(frozen=True, slots=True)
class InFront:
    """The patient as the record system names them: to be found anew here, and to be compared with whom is found."""

    nhs_number: str = field(repr=False)
    family: str = field(repr=False)
    given: str = field(repr=False)
    born: str = field(repr=False)
    gender: str = ""


@dataclass(frozen=True, slots=True)
class Pushed:
    """What the record system says: in this session of its own this person now has this patient open, or nobody."""

    session: str = field(repr=False)
    user_id: str
    patient: InFront | None  # None: the patient was closed
    jti: str
    at: datetime  # when it said so, by its own clock


def read_context_token(sealed: str, find_key: FindKey, issuer: str, audience: str, now: datetime) -> Pushed | BadToken:
    """Return what it says, or why we do not believe it."""
    token = open_token(sealed, find_key, ALGORITHMS)
    if isinstance(token, BadToken):
        return token
    wrong = what_is_wrong(token.claims, issuer, audience, now) or _what_is_wrong_with_the_push(token, now)
    return BadToken(wrong) if wrong else _read(token.claims)


def _what_is_wrong_with_the_push(token: Token, now: datetime) -> str:
    expires, issued = a_moment(token.claims, "exp"), a_moment(token.claims, "iat")
    if str(token.header.get("typ", "")).lower() not in (TYPE, f"application/{TYPE}"):
        return "not a context (typ)"
    if expires is None or issued is None or not timedelta(0) < expires - issued <= LIVES:
        return "it holds for longer than a minute, or for no time"
    if now >= expires:  # of this one no leeway: it is made for this very moment
        return "expired"
    for name, longest in (("jti", LONGEST), ("session", LONGEST_SESSION), ("user", LONGEST)):
        if not 0 < len(_text(token.claims, name)) <= longest:
            return f"without a {name} of its own"
    if token.claims.get("event") not in ("opened", "closed"):
        return "it says neither that a patient was opened nor that one was closed"
    return ""


def _read(claims: Mapping[str, object]) -> Pushed | BadToken:
    patient = read_in_front(claims.get("patient")) if claims["event"] == "opened" else None
    if isinstance(patient, BadToken):
        return patient
    at = a_moment(claims, "iat")
    if at is None:
        return BadToken("it does not say when")
    return Pushed(_text(claims, "session"), _text(claims, "user"), patient, _text(claims, "jti"), at)


def read_in_front(said: object) -> InFront | BadToken:
    """Return the patient who was named: number, family name, given name and whole date of birth, all of them."""
    if not isinstance(said, Mapping):
        return BadToken("it names no patient")
    number = read_nhs_number(_text(said, "nhs_number"))
    if not isinstance(number, NHSNumber):
        return BadToken("its patient has no NHS number that can be one")
    family, given, born = (_text(said, name).strip() for name in ("family", "given", "born"))
    if not (family and given) or not _is_day(born):
        return BadToken("its patient lacks a name or a whole date of birth")
    return InFront(number.digits, family[:LONGEST], given[:LONGEST], born, _text(said, "gender"))


def _is_day(born: str) -> bool:
    try:
        return date.fromisoformat(born).isoformat() == born
    except ValueError:
        return False


def _text(claims: Mapping[str, object], name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) else ""
