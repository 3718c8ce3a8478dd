"""Read secrets from the files of one folder.

Rule: a secret that every account of the machine can read is refused, with the command that mends it.
"""

import stat
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from viewer.configuration.config_file import Misconfigured, Table


class Secrets:
    """The folder TRUSTLINE_SECRETS names. Nothing of it is read before a setting asks for it."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def text(self, table: Table, key: str) -> str:
        """Return what stands in the file that this setting names."""
        name = table.text(key)
        if not self._folder:
            raise Misconfigured(
                f"environment, TRUSTLINE_SECRETS: is missing; it names the folder where {name} is "
                f"({table.wrong(key, 'asks for it')})"
            )
        if Path(name).name != name:
            raise table.wrong(key, f'"{name}" must be the name of a file in {self._folder}, without a folder')
        return self._read(table, key, self._path(table, key))

    def private_key(
        self, table: Table, key: str, kinds: tuple[type, ...] = (RSAPrivateKey, EllipticCurvePrivateKey)
    ) -> str:
        """Return the private key (PEM, of one of these kinds) in the file that this setting names."""
        pem = self.text(table, key)
        try:
            loaded = load_pem_private_key(pem.encode(), password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise table.wrong(key, f"{self._path(table, key)} holds no private key in PEM without a password") from None
        if not isinstance(loaded, kinds):
            raise table.wrong(key, f"{self._path(table, key)} holds a key that is not {_named(kinds)}")
        return pem

    def _path(self, table: Table, key: str) -> Path:
        return Path(self._folder) / table.text(key)

    def _read(self, table: Table, key: str, path: Path) -> str:
        try:
            mode = path.stat().st_mode
            text = path.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            raise table.wrong(key, f"there is no file {path}") from None
        except (OSError, UnicodeDecodeError) as error:
            raise table.wrong(key, f"{path} cannot be read: {type(error).__name__}") from None
        if mode & stat.S_IRWXO:
            raise table.wrong(key, f"everybody on this machine can read {path}; run: chmod 600 {path}")
        if not text:
            raise table.wrong(key, f"{path} is empty")
        return text


def _named(kinds: tuple[type, ...]) -> str:
    names: dict[type, str] = {
        RSAPrivateKey: "RSA",
        EllipticCurvePrivateKey: "elliptic curve",
        Ed25519PrivateKey: "Ed25519",
    }
    return " or ".join(names[kind] for kind in kinds)
