"""Ed25519 keys (RFC 8032) as people keep them: make, read, sign, verify.

A public key is one line, `ed25519:` and its 32 bytes; a private one is `ed25519-private:` and its 32 bytes,
or PKCS#8 in PEM, as other tools write it. Bytes are base64url without padding (RFC 4648, 5). The id of a
key is the thumbprint of its public half (RFC 7638), which is also what a JSON Web Key calls `kid`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from functools import cached_property
from typing import TYPE_CHECKING, Final

import msgspec

from backstay.errors import ConfigError
from backstay.registry.records import Signature

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PUBLIC: Final = "ed25519:"
PRIVATE: Final = "ed25519-private:"
PEM: Final = "-----BEGIN "
KEY_BYTES: Final = 32

HOW_TO_MAKE = "make a pair of keys with backstay registry key generate"


class PublicKey(msgspec.Struct, frozen=True):
    """The public half of a key, which says whether a signature holds."""

    raw: bytes

    @property
    def id(self) -> str:
        """RFC 7638, for the members that RFC 8037 names."""
        members = {"crv": "Ed25519", "kty": "OKP", "x": encode_bytes(self.raw)}
        text = json.dumps(members, separators=(",", ":"), sort_keys=True)
        return encode_bytes(hashlib.sha256(text.encode()).digest())

    @property
    def text(self) -> str:
        """The line that goes into `trusted_keys`."""
        return f"{PUBLIC}{encode_bytes(self.raw)}"

    @property
    def jwk(self) -> dict[str, str]:
        """The key as a JSON Web Key (RFC 7517, RFC 8037)."""
        x = encode_bytes(self.raw)
        return {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": self.id, "alg": "EdDSA", "use": "sig"}

    def verifies(self, statement: bytes, signature: Signature) -> bool:
        """Did the private half sign exactly these bytes?"""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(decode_bytes(signature.value), statement)
        except (InvalidSignature, ValueError):
            return False
        return True


class Signer:
    """A private key. It shows itself to nobody: `text` is for the file that keeps it."""

    def __init__(self, seed: bytes) -> None:
        self._seed = seed

    def __repr__(self) -> str:
        return f"Signer({self.public.id})"

    @property
    def text(self) -> str:
        return f"{PRIVATE}{encode_bytes(self._seed)}"

    @cached_property
    def public(self) -> PublicKey:
        return PublicKey(self._key.public_key().public_bytes_raw())

    def sign(self, statement: bytes) -> Signature:
        """The signature of these bytes; the same bytes have the same one."""
        return Signature(key=self.public.id, value=encode_bytes(self._key.sign(statement)))

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self._seed)


def generate() -> Signer:
    """A new private key, from the system's source of randomness."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Signer(Ed25519PrivateKey.generate().private_bytes_raw())


def parse_public(text: str, source: str) -> PublicKey:
    """The key in a line. Raises `ConfigError`, which names the source and does not quote the text.

    For what somebody took for a public key may be a private one.
    """
    try:
        return PublicKey(_key_bytes(text.strip(), PUBLIC))
    except ValueError:
        hint = f"it begins with {PUBLIC}; {HOW_TO_MAKE}"
        if text.strip().startswith((PRIVATE, PEM)):
            hint = "show its public half with backstay registry key show"
        raise ConfigError(f"{source} is not an Ed25519 public key", hint=hint) from None


def parse_private(text: str, source: str) -> Signer:
    """The private key in a line or in PEM. Raises `ConfigError`, which names the source only."""
    text = text.strip()
    try:
        return Signer(_from_pem(text) if text.startswith(PEM) else _key_bytes(text, PRIVATE))
    except ValueError:
        raise ConfigError(
            f"{source} is not an Ed25519 private key",
            hint=f"it begins with {PRIVATE}, or is PKCS#8 in PEM without a passphrase; {HOW_TO_MAKE}",
        ) from None


def parse_id(text: str, source: str) -> str:
    """The id of a key that is given by it, or as the public key. Raises `ConfigError`."""
    if text.strip().startswith(PUBLIC):
        return parse_public(text, source).id
    try:
        decode_bytes(text.strip(), hashlib.sha256().digest_size)
    except ValueError:
        raise ConfigError(
            f"{source} is neither the id of a key nor a public key", hint=f"keys begin with {PUBLIC}"
        ) from None
    return text.strip()


def encode_bytes(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode_bytes(text: str, length: int = 0) -> bytes:
    """The bytes of such a text, of that length (any). Raises `ValueError` for another way to write them."""
    try:
        data = base64.urlsafe_b64decode(f"{text}{'=' * (-len(text) % 4)}")
    except binascii.Error:
        raise ValueError("not base64url") from None
    if encode_bytes(data) != text or (length and len(data) != length):
        raise ValueError("not the base64url of so many bytes")
    return data


def _key_bytes(text: str, prefix: str) -> bytes:
    if not text.startswith(prefix):
        raise ValueError(f"no {prefix}")
    return decode_bytes(text.removeprefix(prefix), KEY_BYTES)


def _from_pem(text: str) -> bytes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(text.encode(), password=None)
    except (TypeError, UnsupportedAlgorithm):  # TypeError: it has a passphrase
        raise ValueError("not readable") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("a key of another kind")
    return key.private_bytes_raw()
