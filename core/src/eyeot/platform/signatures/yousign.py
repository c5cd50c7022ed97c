"""Yousign: the Public API v3 of a French trust service provider (https://developers.yousign.com/reference).

A round is a signature request there, whose `external_id` is ours, so that one which was made just before a
connection broke is found again instead of made twice.
"""

import hashlib
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

import orjson

from eyeot.declare.context import Context
from eyeot.declare.provider import Fetched, Provider, ProviderUnavailable
from eyeot.platform.signatures.record import SignatureRound, Signer

LARGEST = 20 * 1024 * 1024
"""Bytes of a document that is sent or fetched."""
YOUSIGN = Provider(
    name="yousign",
    doc=(
        "Electronic signature (Yousign)",
        "Signature électronique (Yousign)",
    ),
    url="https://api.yousign.app/v3",
    largest=LARGEST + 4 * 1024 * 1024,
    patience=30.0,
    keyed=True,
)
PROVIDERS: Final = {"yousign": YOUSIGN}
_BASE: Final = "/signature_requests"
_NOT_FOUND = 404
_KEYLESS = (401, 403)
_LONGEST = 900
# Points from the left and from the top of a page, in two columns at the foot of the last page.
_COLUMNS = (60, 330)
_ROWS = (600, 660, 720)


class Refused(Exception):
    """The provider does not take what was sent, for a reason that repeating it does not mend."""


class Yousign:
    """What is asked of Yousign for one round; `Refused` for an answer of 4xx."""

    def __init__(self, ctx: Context, row: SignatureRound) -> None:
        self._ctx = ctx
        self._row = row

    @property
    def _at(self) -> str:
        return f"{_BASE}/{quote(self._row.provider_ref or '', safe='')}"

    def _read(self, path: str, **query: str) -> Fetched:
        return self._ctx.fetch(YOUSIGN, "GET", path, query=query)

    def _write(self, path: str, **given: Any) -> dict[str, Any]:
        return _object(_taken(self._ctx.fetch(YOUSIGN, "POST", path, **given)))

    def found(self) -> dict[str, Any] | None:
        """The request that is this round there (GET /signature_requests?external_id[eq]=…)."""
        if self._row.provider_ref:
            answer = self._read(self._at)
            return None if answer.status == _NOT_FOUND else _object(_taken(answer))
        answer = _taken(self._read(_BASE, **{"external_id[eq]": str(self._row.id), "limit": "1"}))
        listed = _object(answer).get("data")
        every = [
            one for one in _rows(listed, answer) if one.get("external_id") == str(self._row.id)
        ]
        return every[0] if every else None

    def create(self, name: str) -> dict[str, Any]:
        """Make it, as a draft (POST /signature_requests)."""
        return self._write(
            _BASE,
            body={
                "name": name[:128],
                "delivery_mode": "email",
                "timezone": self._ctx.timezone,
                "expiration_date": self._row.deadline.isoformat(),
                "external_id": str(self._row.id),
                "signers_allowed_to_decline": True,
            },
        )

    def documents(self) -> list[dict[str, Any]]:
        """Its files (GET …/documents)."""
        answer = _taken(self._read(f"{self._at}/documents"))
        return _rows(answer.json(), answer)

    def upload(self, name: str, content: bytes) -> None:
        """Give it the PDF that is to be signed (POST …/documents, multipart/form-data)."""
        boundary = hashlib.sha256(content + str(self._row.id).encode()).hexdigest()
        self._write(
            f"{self._at}/documents",
            headers={"content-type": f"multipart/form-data; boundary={boundary}"},
            body=_multipart(boundary, name, content),
        )

    def signers(self) -> list[dict[str, Any]]:
        """Who is invited so far (GET …/signers)."""
        answer = _taken(self._read(f"{self._at}/signers"))
        return _rows(answer.json(), answer)

    def add(self, signer: Signer, at: int, document: dict[str, Any]) -> None:
        """Invite one more, with a place to sign on the last page (POST …/signers)."""
        first, last = signer.names
        info = {"first_name": first, "last_name": last, "email": signer.email, "locale": "fr"}
        info |= {"phone_number": signer.phone} if signer.phone else {}
        place = {
            "type": "signature",
            "document_id": document.get("id"),
            "page": int(document.get("total_pages") or 1),
            "x": _COLUMNS[at % len(_COLUMNS)],
            "y": _ROWS[at // len(_COLUMNS)],
            "width": 200,
            "height": 50,
        }
        self._write(
            f"{self._at}/signers",
            body={
                "info": info,
                "fields": [place],
                "signature_level": "electronic_signature",
                "signature_authentication_mode": "otp_sms" if signer.phone else "otp_email",
            },
        )

    def activate(self) -> None:
        """Have the invitations sent (POST …/activate)."""
        self._write(f"{self._at}/activate")

    def cancel(self, note: str) -> None:
        """Call it off (POST …/cancel)."""
        self._write(f"{self._at}/cancel", body={"reason": "other", "custom_note": note})

    def delete(self) -> None:
        """Take a draft away (DELETE /signature_requests/…)."""
        _taken(self._ctx.fetch(YOUSIGN, "DELETE", self._at))

    def signed_at(self, signer: dict[str, Any]) -> datetime:
        """When somebody signed, by their audit trail (GET …/signers/…/audit_trails)."""
        id = quote(str(signer.get("id") or ""), safe="")
        answer = _taken(self._read(f"{self._at}/signers/{id}/audit_trails"))
        told = _object(answer).get("signer")
        try:
            return datetime.fromisoformat(str(dict(told or {})["signature_process_completed_at"]))
        except (KeyError, TypeError, ValueError):
            raise _unusable("its audit trail does not say when it was signed", answer) from None

    def signed(self, document: dict[str, Any]) -> bytes:
        """The signed PDF (GET …/documents/…/download)."""
        id = quote(str(document.get("id") or ""), safe="")
        return _pdf(self._read(f"{self._at}/documents/{id}/download"))

    def proof(self) -> bytes:
        """Everybody's audit trail as one PDF (GET …/audit_trails/download?merge=true)."""
        return _pdf(self._read(f"{self._at}/audit_trails/download", merge="true"))


def _unusable(reason: str, answer: Fetched) -> ProviderUnavailable:
    return ProviderUnavailable(provider=YOUSIGN.name, reason=reason, answered=answer.status)


def _taken(answer: Fetched) -> Fetched:
    """An answer that is what was asked for."""
    if answer.ok:
        return answer
    if answer.status in _KEYLESS:
        # A key that was withdrawn is the operator's to mend; who was invited may sign meanwhile.
        raise _unusable(f"it does not take the key of this deployment ({answer.status})", answer)
    try:
        told = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        told = {}
    said = told.get("detail") if isinstance(told, dict) else None
    raise Refused(f"{YOUSIGN.name} answers {answer.status}: {said or 'no reason given'}"[:_LONGEST])


def _object(answer: Fetched) -> dict[str, Any]:
    told = answer.json()
    if not isinstance(told, dict):
        raise _unusable("its answer is no object", answer)
    return told


def _rows(told: Any, answer: Fetched) -> list[dict[str, Any]]:
    if not isinstance(told, list) or not all(isinstance(one, dict) for one in told):
        raise _unusable("its answer is no list", answer)
    return told


def _pdf(answer: Fetched) -> bytes:
    # Not ready yet is told as 404 (audit_trail.not_ready_for_download): it is asked for again later.
    if not answer.ok or not answer.body.startswith(b"%PDF-"):
        raise _unusable("the signed file is not there yet", answer)
    return answer.body


def _multipart(boundary: str, name: str, content: bytes) -> bytes:
    """The parts of an upload (RFC 7578)."""
    plain = "".join("_" if one in '"\\' or not one.isprintable() else one for one in name)
    line = b"--" + boundary.encode()
    return b"\r\n".join(
        (
            line,
            b'content-disposition: form-data; name="nature"',
            b"",
            b"signable_document",
            line,
            b'content-disposition: form-data; name="file"; filename="' + plain.encode() + b'"',
            b"content-type: application/pdf",
            b"",
            content,
            line + b"--",
            b"",
        )
    )
