"""How the identity provider seals its tokens: rightly, or in one of the ways in which a lie is sealed.

Rule: everything here is made with real keys; what is wrong with a token is only what its lie says.
"""

import base64
import hmac
import json
from collections.abc import Callable
from functools import cache
from typing import cast

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jwe, jwt
from joserfc.jwk import ECKey, RSAKey

from sandbox.identity_lies import Claims, Lie

SECRET = b"published to everybody, and so no secret"
OTHER_NAMES = {
    Lie.KEY_UNKNOWN: "unpublished",
    Lie.KEY_SMALL: "small",
    Lie.KEY_FOR_ENCRYPTION: "for-encryption",
    Lie.KEY_SHARED_SECRET: "shared",
}


def sealed(lie: Lie, claims: Claims, typ: str, key: RSAKey, for_whom: str = "") -> str:
    """Sign the claims, or pretend to. `for_whom` is the client's public key in PEM."""
    header: Claims = {"typ": typ, "kid": OTHER_NAMES.get(lie, key.kid), "alg": "RS256"}
    if lie is Lie.ENCRYPTED:
        return _encrypted(header, claims, for_whom)
    return (
        _by_another_algorithm(lie, header, claims, key)
        or _by_another_key(lie, header, claims)
        or _of_text(lie, header, claims, key)
    )


def _by_another_algorithm(lie: Lie, header: Claims, claims: Claims, key: RSAKey) -> str:
    match lie:
        case Lie.ALG_NONE | Lie.ALG_NONE_CASED:
            return _by_hand({**header, "alg": "none" if lie is Lie.ALG_NONE else "nOnE"}, claims, lambda _text: b"")
        case Lie.ALG_NONE_NO_KEY:
            return _by_hand({"typ": header["typ"], "alg": "none"}, claims, lambda _text: b"")
        case Lie.ALG_HS256_PUBLIC_KEY | Lie.KEY_SHARED_SECRET:
            secret = SECRET if lie is Lie.KEY_SHARED_SECRET else key.as_pem(private=False)
            return _by_hand({**header, "alg": "HS256"}, claims, lambda text: hmac.digest(secret, text, "sha256"))
        case Lie.ALG_MISSING:
            return _by_hand({name: header[name] for name in ("typ", "kid")}, claims, _signer(key))
        case Lie.ALG_RS384 | Lie.ALG_RS512 | Lie.ALG_PS256:
            algorithm = lie.name.removeprefix("ALG_")
            return jwt.encode({**header, "alg": algorithm}, claims, key, algorithms=[algorithm])
        case _:
            return ""


def _by_another_key(lie: Lie, header: Claims, claims: Claims) -> str:
    match lie:
        case Lie.KEY_UNKNOWN | Lie.KEY_BORROWED_NAME | Lie.KEY_FOR_ENCRYPTION | Lie.KEYS_COLLIDE:
            return _signed(header, claims, another_key())
        case Lie.KEY_SMALL:
            return _by_hand(header, claims, _signer(small_key()))
        case Lie.KEY_ENCLOSED:
            other = ECKey.generate_key("P-256")
            enclosed = {"alg": "ES256", "jwk": other.as_dict(private=False), "kid": "enclosed"}
            return jwt.encode({**header, **enclosed}, claims, other, algorithms=["ES256"])
        case Lie.KEY_ADDRESSED:
            return _by_hand({**header, "jku": f"{claims.get('iss')}/jwks-of-another"}, claims, _signer(another_key()))
        case Lie.KEY_CERTIFIED:
            return _by_hand({**header, "x5c": ["MIIBgjCCASmgAwIBAgIUQw=="]}, claims, _signer(another_key()))
        case _:
            return ""


def _of_text(lie: Lie, header: Claims, claims: Claims, key: RSAKey) -> str:
    """Sign rightly what no honest provider would write, or undo what was signed."""
    text, told = json.dumps(header), json.dumps(claims)
    match lie:
        case Lie.CRITICAL_UNKNOWN:
            extension = "https://another.example/must"  # rightly signed: only reading `crit` refuses it
            return _by_hand({**header, "crit": [extension], extension: True}, claims, _signer(key))
        case Lie.PAYLOAD_ALTERED:
            return _with_another_payload(_signed(header, claims, key), {**claims, "acr": "AAL3_ANY", "extra": "one"})
        case Lie.SIGNATURE_MISSING:
            return _signed(header, claims, key).rpartition(".")[0] + "."
        case Lie.LOGOUT_TYPE_OTHER:
            return _signed({**header, "typ": "JWT"}, claims, key)
        case Lie.PAYLOAD_BARE:
            return _bare({**header, "b64": False, "crit": ["b64"]}, claims, key)
        case Lie.PAYLOAD_LIST:
            return _of_parts(text, json.dumps([claims]), _signer(key))
        case Lie.PAYLOAD_DEEP:
            return _of_parts(text, told[:-1] + ', "deep": ' + "[" * 5_000 + "]" * 5_000 + "}", _signer(key))
        case Lie.CLAIMS_TWICE:
            return _of_parts(text, '{"sub": "555250719999", ' + told[1:], _signer(key))
        case Lie.HEADER_TWICE:
            return _of_parts('{"alg": "none", ' + text[1:], told, _signer(key))
        case Lie.HUGE:
            return _of_parts(text, json.dumps({**claims, "much": "x" * 225_000}), _signer(key))
        case _:
            return _signed(header, claims, key)


@cache
def another_key() -> RSAKey:
    """Return a key that is not the provider's."""
    return RSAKey.generate_key(2048)


@cache
def small_key() -> RSAKey:
    """Return a key too small to be believed."""
    return RSAKey.import_key(rsa.generate_private_key(65537, 1024))  # noqa: S505  (that is the lie)


def _signed(header: Claims, claims: Claims, key: RSAKey) -> str:
    return jwt.encode(header, claims, key, algorithms=["RS256"])


def _signer(key: RSAKey) -> Callable[[bytes], bytes]:
    private = cast(RSAPrivateKey, key.private_key)
    return lambda text: private.sign(text, PKCS1v15(), SHA256())


def _encrypted(header: Claims, claims: Claims, for_whom: str) -> str:
    sealing = {"typ": header["typ"], "alg": "RSA-OAEP-256", "enc": "A256GCM"}
    return jwe.encrypt_compact(sealing, json.dumps(claims), RSAKey.import_key(for_whom), ["RSA-OAEP-256", "A256GCM"])


def _bare(header: Claims, claims: Claims, key: RSAKey) -> str:
    """Sign the claims as they are written, not in base64 (RFC 7797); no dot may stand in them."""
    head, told = _base64(json.dumps(header)), json.dumps(claims).replace(".", "\\u002e")
    signature = _signer(key)(f"{head}.{told}".encode())
    return f"{head}.{told}.{_base64(signature)}"


def _with_another_payload(token: str, claims: Claims) -> str:
    header, _, signature = token.split(".")
    return f"{header}.{_base64(json.dumps(claims))}.{signature}"


def _by_hand(header: Claims, claims: Claims, sign: Callable[[bytes], bytes]) -> str:
    return _of_parts(json.dumps(header), json.dumps(claims), sign)


def _of_parts(header: str, claims: str, sign: Callable[[bytes], bytes]) -> str:
    text = f"{_base64(header)}.{_base64(claims)}"
    return f"{text}.{_base64(sign(text.encode()))}"


def _base64(written: str | bytes) -> str:
    octets = written.encode() if isinstance(written, str) else written
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
