"""Read [pds] of config/partnership.toml: where the national record of who is who is asked, and how we sign in there.

Rule: without the table PDS is not asked, and a GP's patients are proven by the trusts' own records (rule 4.3).
"""

from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from connectors.pds import PdsSettings
from connectors.trust_config import SignInMethod, TrustSignIn
from viewer.configuration.config_file import Table
from viewer.configuration.secret_file import Secrets
from viewer.configuration.trust_file import read_deadline, web_address

DEADLINE = timedelta(seconds=1.5)


def read_pds(file: Table, secrets: Secrets) -> PdsSettings | None:
    """Return how PDS is reached, or None when the file does not speak of it."""
    table = file.table("pds", may_be_absent=True)
    if "pds" not in file:
        return None
    return PdsSettings(
        address=web_address(table, "address"),
        sign_in=TrustSignIn(
            SignInMethod.PRIVATE_KEY_JWT,
            token_url=web_address(table, "token_address"),
            client_id=table.text("client_id"),
            secret=secrets.private_key(table, "key_file", (RSAPrivateKey,)),
            key_id=secrets.text(table, "key_id_file"),
        ),
        deadline=read_deadline(table, DEADLINE),
    )
