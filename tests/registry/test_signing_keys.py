"""Keys as people write them, and the test vectors of the standards."""

from __future__ import annotations

import subprocess
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from backstay.errors import ConfigError
from backstay.registry.records import Signature
from backstay.registry.signing_keys import (
    PRIVATE,
    PUBLIC,
    PublicKey,
    Signer,
    decode_bytes,
    encode_bytes,
    generate,
    parse_id,
    parse_private,
    parse_public,
)

SEED = decode_bytes("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")
X = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"


def pem(key: Ed25519PrivateKey, protection: KeySerializationEncryption) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection).decode()


KEY = Ed25519PrivateKey.from_private_bytes(SEED)


def test_the_key_of_rfc_8037() -> None:
    public = Signer(SEED).public
    assert public.text == f"ed25519:{X}"
    assert public.id == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    assert public.jwk["x"] == X
    assert public.jwk["kid"] == public.id


def test_the_signature_of_rfc_8032() -> None:
    """7.1, test 2."""
    seed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
    expected = (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    signature = Signer(bytes.fromhex(seed)).sign(bytes.fromhex("72"))
    assert decode_bytes(signature.value).hex() == expected


def test_a_signature_holds_for_its_bytes_and_its_key_only() -> None:
    signer, other = generate(), generate()
    signature = signer.sign(b"text")
    assert signer.public.verifies(b"text", signature)
    assert not signer.public.verifies(b"texT", signature)
    assert not other.public.verifies(b"text", signature)


@pytest.mark.parametrize("value", ["", "A", "!!!!", "ä", "AAAA", "A" * 86, "A" * 10_000])
def test_what_is_no_signature_does_not_hold(value: str) -> None:
    assert not generate().public.verifies(b"text", Signature(key="k", value=value))


def test_only_one_text_stands_for_a_signature() -> None:
    """The last character of 64 bytes has four bits that say nothing."""
    signature = Signer(SEED).sign(b"text")
    twin = signature.value[:-1] + chr(ord(signature.value[-1]) + 1)
    assert not Signer(SEED).public.verifies(b"text", Signature(key=signature.key, value=twin))


def test_keys_read_as_they_are_written() -> None:
    signer = generate()
    assert parse_private(f" {signer.text}\n", "here").text == signer.text
    assert parse_public(signer.public.text, "here") == signer.public
    assert parse_private(pem(KEY, NoEncryption()), "here").public.text == f"{PUBLIC}{X}"


PRIVATE_TEXTS = {
    "nothing": "",
    "a word": "hunter2",
    "too short": f"{PRIVATE}AAAA",
    "too long": PRIVATE + encode_bytes(bytes(33)),
    "padded": f"{PRIVATE}{encode_bytes(bytes(32))}=",
    "a public key": f"{PUBLIC}{X}",
    "cut": "-----BEGIN PRIVATE KEY-----\nAAAA\n",
    "with a passphrase": pem(KEY, BestAvailableEncryption(b"secret")),
    "of another kind": generate_private_key(SECP256R1())
    .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    .decode(),
}


@pytest.mark.parametrize("name", PRIVATE_TEXTS)
def test_what_is_no_private_key_is_refused_and_not_quoted(name: str) -> None:
    text = PRIVATE_TEXTS[name]
    with pytest.raises(ConfigError, match=r"^SOURCE is not an Ed25519 private key$") as caught:
        parse_private(text, "SOURCE")
    assert not text or text not in f"{caught.value.message}{caught.value.hint}"


@pytest.mark.parametrize(
    "text", ["", X, f"{PUBLIC}{X[:-1]}", f"{PUBLIC}{X}A", f"{PUBLIC}{X[:-1]}p", "ed448:AA"]
)
def test_what_is_no_public_key_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^SOURCE is not an Ed25519 public key$"):
        parse_public(text, "SOURCE")


@pytest.mark.parametrize("text", [Signer(SEED).text, pem(KEY, NoEncryption())])
def test_a_private_key_among_the_trusted_ones_is_not_quoted(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_public(text, "SOURCE")
    assert "public half" in caught.value.hint
    assert text not in f"{caught.value.message}{caught.value.hint}"


def test_a_key_is_revoked_by_its_id_or_as_it_is() -> None:
    public = Signer(SEED).public
    assert parse_id(public.id, "here") == parse_id(public.text, "here") == public.id
    with pytest.raises(ConfigError, match="neither the id of a key nor a public key"):
        parse_id("key-1", "here")


def test_a_signer_does_not_show_its_key() -> None:
    signer = generate()
    assert signer.text.removeprefix(PRIVATE) not in repr(signer)
    assert repr(PublicKey(b"x")) != repr(signer)


def test_cryptography_is_imported_by_those_who_use_it_only() -> None:
    code = "import sys, backstay.registry.trust; sys.exit('cryptography' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
