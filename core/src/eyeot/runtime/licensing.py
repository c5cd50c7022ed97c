"""Licensing: packs as the vendor signs them, and an organisation's licence as the gate tells it.

A licence is a JWS in compact form (RFC 7515) signed with Ed25519 (RFC 8037, RFC 9864), checked offline.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from eyeot.declare.ids import encode
from eyeot.declare.licence import Licence, Pack, Plan

TYPE = "eyeot-licence"
ALGORITHM = "Ed25519"
LONGEST = 8_000
_VENDOR_KEYS = "vendor_keys.json"
_FARTHEST = 253_402_300_799


class NotALicence(Exception):
    """A text that is no licence which a trusted key signed."""


class _Claims(BaseModel):
    """What is signed; times are seconds since 1970, as in RFC 7519."""

    model_config = ConfigDict(extra="ignore", strict=True)

    jti: Annotated[str, Field(min_length=1, max_length=100)]
    sub: Annotated[str, Field(min_length=1, max_length=100)]
    holder: Annotated[str, Field(max_length=200)]
    plan: Literal["team", "trial"]
    seats: Annotated[int, Field(ge=1, le=1_000_000)]
    modules: Annotated[list[str], Field(max_length=100)]
    iat: Annotated[int, Field(ge=0, le=_FARTHEST)]
    nbf: Annotated[int, Field(ge=0, le=_FARTHEST)]
    exp: Annotated[int, Field(ge=0, le=_FARTHEST)]
    grace_days: Annotated[int, Field(ge=0, le=366)] = 0


def new_key(name: str) -> OKPKey:
    """A fresh key to sign licences with; `name` is its id."""
    return OKPKey.generate_key("Ed25519", {"kid": name, "use": "sig"})


def signed(pack: Pack, key: OKPKey) -> str:
    """A licence: the pack under a key's signature."""
    claims = {
        "jti": pack.id,
        "sub": pack.org,
        "holder": pack.holder,
        "plan": pack.plan,
        "seats": pack.seats,
        "modules": list(pack.modules),
        "iat": int(pack.issued_at.timestamp()),
        "nbf": int(pack.valid_from.timestamp()),
        "exp": int(pack.valid_until.timestamp()),
        "grace_days": pack.grace_days,
    }
    header = {"alg": ALGORITHM, "typ": TYPE, "kid": key.kid}
    return jws.serialize_compact(header, orjson.dumps(claims), key, algorithms=[ALGORITHM])


def vendor_keys() -> tuple[OKPKey, ...]:
    """The vendor's public keys, which ship with the product."""
    told = orjson.loads(files("eyeot.runtime").joinpath(_VENDOR_KEYS).read_bytes())
    return tuple(OKPKey.import_key(one) for one in told["keys"])


class Licensing:
    """Reads licences, trusting the vendor's keys; others only where the program itself gives them."""

    def __init__(self, trusted: Iterable[OKPKey] = ()) -> None:
        self._keys: dict[str, OKPKey] = {}
        self.trust(*vendor_keys(), *trusted)
        self._read = lru_cache(maxsize=4096)(self._verified)

    def trust(self, *keys: OKPKey) -> None:
        """Trust more keys."""
        self._keys |= {one.kid or "": one for one in keys}

    def pack(self, text: str) -> Pack:
        """The pack of a licence, or `NotALicence`."""
        return self._read(text)

    def _verified(self, text: str) -> Pack:
        if len(text) > LONGEST:
            raise NotALicence("it is too long")
        try:
            header = jws.extract_compact(text.encode()).protected
            key = self._keys.get(str(header.get("kid")))
            if header.get("typ") != TYPE or key is None:
                raise NotALicence("no key that this product trusts signed it")
            payload = jws.deserialize_compact(text, key, algorithms=[ALGORITHM]).payload
            claims = _Claims.model_validate_json(payload)
        except (JoseError, ValueError, ValidationError) as wrong:
            raise NotALicence("it is damaged, or its signature does not hold") from wrong
        return _pack(claims, str(header["kid"]))

    def standing(self, org_id: UUID, told: dict[str, Any] | None) -> Licence:
        """An organisation's licence from what the gate tells of it."""
        told = told or {}
        people, seen = told.get("people") or 0, _time(told.get("seen"))
        text = told.get("licence")
        if text is None:
            return Licence(people=people, seen=seen)
        try:
            pack = self.pack(text)
        except NotALicence:
            return Licence(people=people, seen=seen, untrusted=True)
        other = pack.org != encode("org", org_id)
        return Licence(pack=None if other else pack, people=people, seen=seen, untrusted=other)


def _pack(claims: _Claims, key: str) -> Pack:
    plan: Plan = claims.plan
    return Pack(
        id=claims.jti,
        org=claims.sub,
        holder=claims.holder,
        plan=plan,
        seats=claims.seats,
        modules=tuple(claims.modules),
        issued_at=datetime.fromtimestamp(claims.iat, UTC),
        valid_from=datetime.fromtimestamp(claims.nbf, UTC),
        valid_until=datetime.fromtimestamp(claims.exp, UTC),
        grace_days=claims.grace_days,
        key=key,
    )


def _time(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
