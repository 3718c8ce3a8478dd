"""Sign code maps in tests, with the sandbox's laboratories' keys: they are made out of names and prove nothing."""

import tomllib
from base64 import b64encode
from pathlib import Path

from sandbox.laboratory_keys import laboratory_key
from viewer.configuration.code_map_file import digest_of_map, map_message


def laboratory_keys(*trusts: str) -> dict[str, bytes]:
    return {trust: laboratory_key(trust).public_key().public_bytes_raw() for trust in trusts}


def signed(trust: str, text: str) -> str:
    """The text of a map with its laboratory's signature under it, in place of any that was there."""
    said = text.partition("\n[signature]")[0].rstrip()
    digest = digest_of_map(tomllib.loads(said))
    value = b64encode(laboratory_key(trust).sign(map_message(trust, digest))).decode()
    return f'{said}\n\n[signature]\ntext = "{digest}"\nsignature = "{value}"\n'


def sign_maps_again(config: Path) -> None:
    """Let every laboratory sign what its map says now."""
    for file in sorted((config / "codes").glob("*.toml")):
        file.write_text(signed(file.stem, file.read_text()))
