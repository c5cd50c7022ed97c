"""Licence: what organisations in tests are licensed by; nothing but tests trusts its key."""

import base64
import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.jwk import OKPKey

from eyeot.declare.ids import encode
from eyeot.declare.licence import Pack
from eyeot.runtime.licensing import Licensing, signed


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _key() -> OKPKey:
    """The same in every process, since servers under test are processes of their own."""
    seed = hashlib.sha256(b"eyeot tests").digest()
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    told: dict[str, str | list[str]] = {
        "kty": "OKP",
        "crv": "Ed25519",
        "d": _text(seed),
        "x": _text(public),
        "kid": "tests",
    }
    return OKPKey.import_key(told)


KEY = _key()
FROM, UNTIL = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def trusting() -> Licensing:
    """What trusts the tests' key."""
    return Licensing([KEY])


def pack_for(org_id: UUID, **more: Any) -> Pack:
    """A pack of every module for many people, for two centuries, unless told otherwise."""
    pack = Pack(
        id="test-1",
        org=encode("org", org_id),
        holder="Maison Test SARL",
        plan="team",
        seats=1000,
        modules=("*",),
        issued_at=FROM,
        valid_from=FROM,
        valid_until=UNTIL,
    )
    return replace(pack, **more)


def signed_for(org_id: UUID, *, key: OKPKey = KEY, **more: Any) -> str:
    """The same, signed."""
    return signed(pack_for(org_id, **more), key)
