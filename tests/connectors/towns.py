"""The sandbox's trusts as trust files would name them, for tests."""

from datetime import timedelta

from connectors.answer import Trust
from connectors.pds import PdsSettings
from connectors.trust_config import Caps, SignInMethod, TrustConfig, TrustSignIn
from sandbox.town import Town
from tests.connectors.loopback import PATIENT

WALTER = "9994127039"  # results at five trusts
_ODD = frozenset({"rotherham"})


def configs_of(town: Town, seconds: float = PATIENT, caps: Caps | None = None) -> dict[str, TrustConfig]:
    """Return each trust's file, read."""
    return {name: config_of(town, name, seconds, caps) for name in town.addresses}


def config_of(town: Town, name: str, seconds: float = PATIENT, caps: Caps | None = None) -> TrustConfig:
    return TrustConfig(
        trust=Trust(name, name[:3].upper(), name.replace("_", " ").title(), name, "01632 960 100"),
        address=town.addresses[name],
        connector=name if name in _ODD else "plain",
        sign_in=_sign_in(town, name),
        deadline=timedelta(seconds=seconds),
        hospital_number_system=f"https://fhir.sandbox.example/{name}/hospital-number",
        loose_observations=name == "rotherham",
        caps=caps or Caps(),
    )


def _sign_in(town: Town, name: str) -> TrustSignIn:
    secret, pem, kid = (town.secrets / f"{name}.{ending}" for ending in ("secret", "pem", "kid"))
    url = town.token_urls[name]
    if pem.exists():
        method = SignInMethod.PRIVATE_KEY_JWT
        return TrustSignIn(method, url, "trustline", "system/*.read", pem.read_text(), kid.read_text().strip())
    return TrustSignIn(SignInMethod.CLIENT_SECRET, url, "trustline", "system/*.read", secret.read_text().strip())


def pds_of(town: Town, seconds: float = PATIENT) -> PdsSettings:
    """Return [pds], read, for a town."""
    pem, kid = (town.secrets / name for name in ("pds.pem", "pds.kid"))
    sign_in = TrustSignIn(
        SignInMethod.PRIVATE_KEY_JWT, town.pds_token_url, "trustline", "", pem.read_text(), kid.read_text().strip()
    )
    return PdsSettings(town.pds, sign_in, timedelta(seconds=seconds))
