"""The key that seals what customers told us: where it comes from, and what is made out of it."""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from feedbackbot.errors import ConfigError, KeyMismatch

_KEY_BYTES = 32
_NONCE_BYTES = 12


class KeyRing:
    """One or more versions of the key: the newest seals, all of them open.

    Indexes, marks and the fingerprint hang on the oldest version, so that a newer one can be added
    without touching a row. Each context (a column) has its own subkey and can't be read as another.
    """

    def __init__(
        self, versions: Mapping[int, bytes], *, place: Path | None = None, is_new: bool = False
    ) -> None:
        _check(versions)
        self._versions = dict(versions)
        self._newest = max(versions)
        self._oldest = versions[min(versions)]
        self._ciphers: dict[tuple[int, str], AESGCM] = {}
        self._index_key = _derive(self._oldest, "index")
        self._mark_key = _derive(self._oldest, "mark")
        self._chain_key = _derive(self._oldest, "chain")
        #: the key file, where there is one
        self.place = place
        #: the key file was made just now; its place is to be shown
        self.is_new = is_new

    @classmethod
    def generate(cls) -> KeyRing:
        return cls({1: os.urandom(_KEY_BYTES)})

    @classmethod
    def parse(cls, text: str, *, place: Path | None = None, is_new: bool = False) -> KeyRing:
        """Read `<key>`, or one `<version>:<key>` a line; a key is 32 bytes as base64 or hex."""
        lines = [line.strip() for line in text.splitlines()]
        versions: dict[int, bytes] = {}
        for line in lines:
            if line and not line.startswith("#"):
                version, _, key = line.rpartition(":")
                versions[_version(version)] = _decode(key)
        return cls(versions, place=place, is_new=is_new)

    def dump(self) -> str:
        """The text that `parse` reads."""
        keys = {v: base64.b64encode(key).decode() for v, key in sorted(self._versions.items())}
        return "".join(f"{version}:{key}\n" for version, key in keys.items())

    def seal(self, context: str, plain: bytes) -> bytes:
        version = self._newest
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._cipher(version, context).encrypt(nonce, plain, context.encode())
        return bytes((version,)) + nonce + sealed

    def unseal(self, context: str, sealed: bytes) -> bytes:
        """Raises KeyMismatch for what another key, or another context, has sealed."""
        start = 1 + _NONCE_BYTES
        try:
            cipher = self._cipher(sealed[0], context)
            return cipher.decrypt(sealed[1:start], sealed[start:], context.encode())
        except (InvalidTag, IndexError, ValueError) as error:
            raise KeyMismatch(f"A value of {context} can't be opened with this key.") from error

    def blind_index(self, value: str) -> str:
        """A keyed hash to look an e-mail address up by; case and surrounding blanks don't count."""
        return _keyed(self._index_key, value.strip().lower())

    def mark(self, value: str) -> str:
        """A keyed hash of somebody who asked to be forgotten."""
        return _keyed(self._mark_key, value.strip().lower())

    def chained(self, text: str) -> str:
        """A keyed hash for the audit trail, which nobody can continue without the key."""
        return _keyed(self._chain_key, text)

    def fingerprint(self) -> str:
        """Tells keys apart and gives nothing away."""
        return _derive(self._oldest, "fingerprint").hex()[:16]

    def _cipher(self, version: int, context: str) -> AESGCM:
        cipher = self._ciphers.get((version, context))
        if cipher is None:
            if version not in self._versions:
                raise KeyMismatch(f"Version {version} of the key is not on the key ring.")
            cipher = AESGCM(_derive(self._versions[version], f"seal:{context}"))
            self._ciphers[version, context] = cipher
        return cipher


def _check(versions: Mapping[int, bytes]) -> None:
    if not versions:
        raise ConfigError("There is no key in it: 32 random bytes as base64 or hex are needed.")
    if any(len(key) != _KEY_BYTES for key in versions.values()):
        raise ConfigError("A key is 32 random bytes as base64 or hex (openssl rand -base64 32).")
    if not all(1 <= version <= 255 for version in versions):
        raise ConfigError("Versions of a key are numbers from 1 to 255.")


def _version(text: str) -> int:
    if text and not text.isdecimal():
        raise ConfigError("A line with a key reads <version>:<key>, such as 2:…")
    return int(text or 1)


def _decode(text: str) -> bytes:
    """Forgives base64 of either alphabet without its padding; never repeats what it was given."""
    if len(text) == 2 * _KEY_BYTES and all(c in "0123456789abcdefABCDEF" for c in text):
        return bytes.fromhex(text)
    padded = text.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _derive(key: bytes, purpose: str) -> bytes:
    info = f"feedbackbot:{purpose}".encode()
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=info).derive(key)


def _keyed(key: bytes, value: str) -> str:
    return hmac.digest(key, value.encode(), "sha256").hex()
