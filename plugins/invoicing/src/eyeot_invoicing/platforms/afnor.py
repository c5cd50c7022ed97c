"""AFNOR: the standard interface of approved platforms (XP Z12-013: Flow Service, Directory Service).

The norm fixes flows and the directory; the token comes by OAuth 2 client credentials (RFC 6749, 4.4) from
`/token` below the platform's address. A vendor whose paths differ has a gateway in front, or an adapter of
its own in choosing.ADAPTERS.
"""

import hashlib
from datetime import UTC, datetime, time
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import quote, urlencode

import orjson

from eyeot import Conflict, Context, Fetched, Provider, ProviderUnavailable
from eyeot_invoicing.platforms.connections import SCHEME, PaConnection, about
from eyeot_invoicing.platforms.interface import Flow, Rejected, Sending

_LARGEST = 32 * 1024 * 1024
_PATIENCE = 30.0
PRODUCTION = Provider(
    name="approved_platform",
    doc=(
        "The approved platform that e-invoices travel by; its operator gives its address",
        "La plateforme agréée des factures électroniques; l'exploitant donne son adresse",
    ),
    url="https://approved-platform.invalid",
    largest=_LARGEST,
    patience=_PATIENCE,
)
TRIAL = Provider(
    name="approved_platform_test",
    doc=("The test system of the approved platform", "Le bac à sable de la plateforme agréée"),
    url="https://approved-platform-test.invalid",
    largest=_LARGEST,
    patience=_PATIENCE,
)
_PROVIDERS = {"prod": PRODUCTION, "test": TRIAL}
_FLOWS: Final = "/flow-service/v1/flows"
_DIRECTORY: Final = "/directory-service/v1/directory-line/code:"
_NOT_FOUND = 404
_ACKNOWLEDGED = {"Ok": "ok", "Error": "error"}
_PROFILES = {"basic": "Basic", "en16931": "CIUS", "extended_ctc_fr": "Extended-CTC-FR"}
_LONGEST = 900


class Afnor:
    """A platform that speaks XP Z12-013, for one connection."""

    def __init__(self, ctx: Context, connection: PaConnection) -> None:
        self._ctx = ctx
        self._connection = connection
        self._provider = _PROVIDERS[connection.environment]
        self._token: Fetched | None = None

    def _authorized(self) -> dict[str, str]:
        """The header of a token, asked for once a call."""
        found = self._asked_token()
        token = found.json()
        if not isinstance(token, dict) or not isinstance(token.get("access_token"), str):
            raise self._unusable("its token is none", found)
        return {"authorization": f"Bearer {token['access_token']}"}

    def _asked_token(self) -> Fetched:
        if self._token is None:
            row = self._connection
            secret = self._ctx.outside.unseal(row.credentials or "", about(row))
            form = {
                "grant_type": "client_credentials",
                "client_id": row.client_id or "",
                "client_secret": secret,
            }
            found = self._ctx.fetch(
                self._provider,
                "POST",
                "/token",
                headers={"content-type": "application/x-www-form-urlencoded"},
                body=urlencode(form).encode(),
                changes=False,
            )
            if not found.ok:
                raise Conflict(
                    reason=f"{row.platform} does not take our credentials ({found.status}).",
                    remedy="Ask it for new ones, archive this connection, and create it again.",
                )
            self._token = found
        return self._token

    def _unusable(self, reason: str, found: Fetched) -> ProviderUnavailable:
        return ProviderUnavailable(
            provider=self._provider.name, reason=reason, answered=found.status
        )

    @property
    def time(self) -> datetime:
        """When the platform answered first in this call."""
        told = self._asked_token().headers.get("date", "")
        try:
            return parsedate_to_datetime(told).astimezone(UTC)
        except ValueError:
            return datetime.combine(self._ctx.today, time(12), UTC)

    def check(self) -> bool:
        """Whether it takes our credentials and its flow service is up."""
        found = self._ctx.fetch(
            self._provider, "GET", "/flow-service/v1/healthcheck", headers=self._authorized()
        )
        return found.ok

    def submit(self, sending: Sending) -> str | Rejected:
        """Hand a file over."""
        boundary = hashlib.sha256(sending.content + sending.tracking_id.encode()).hexdigest()
        headers = {
            **self._authorized(),
            "content-type": f"multipart/form-data; boundary={boundary}",
        }
        body = _multipart(boundary, _info(sending), sending)
        found = self._ctx.fetch(self._provider, "POST", _FLOWS, headers=headers, body=body)
        if not found.ok:
            return _rejected(found)
        told = found.json()
        if not isinstance(told, dict) or not isinstance(told.get("flowId"), str):
            raise self._unusable("it names no flow", found)
        return str(told["flowId"])[:100]

    def flows(self, since: datetime | None, limit: int) -> list[Flow]:
        """What changed, oldest first."""
        where = {"updatedAfter": since.isoformat()} if since else {}
        found = self._ctx.fetch(
            self._provider,
            "POST",
            f"{_FLOWS}/search",
            headers={**self._authorized(), "content-type": "application/json"},
            body=orjson.dumps({"limit": limit, "where": where}),
            changes=False,
        )
        told = found.json() if found.ok else None
        rows = told.get("results") if isinstance(told, dict) else None
        if not isinstance(rows, list):
            raise self._unusable("its list of flows is none", found)
        read = [one for one in map(_flow, rows) if one is not None]
        return sorted(read, key=lambda one: (one.at, one.flow_id))

    def original(self, flow_id: str) -> bytes:
        """The file of a flow as it was received."""
        found = self._ctx.fetch(
            self._provider,
            "GET",
            f"{_FLOWS}/{quote(flow_id, safe='')}",
            query={"docType": "Original"},
            headers=self._authorized(),
        )
        if not found.ok:
            raise self._unusable(f"it has no file of the flow {flow_id}", found)
        return found.body

    def reaches(self, address: str) -> bool:
        """Whether the directory has a line for an address."""
        plain = quote(address.removeprefix(SCHEME), safe="")
        found = self._ctx.fetch(
            self._provider, "GET", f"{_DIRECTORY}{plain}", headers=self._authorized()
        )
        if found.status == _NOT_FOUND:
            return False
        if not found.ok:
            raise self._unusable("its directory does not answer", found)
        told = found.json()
        return isinstance(told, dict) and told.get("administrativeStatus", "A") == "A"


def _info(sending: Sending) -> bytes:
    return orjson.dumps(
        {
            "trackingId": sending.tracking_id,
            "name": sending.name,
            "processingRule": "B2B",
            "flowSyntax": sending.syntax,
            "flowProfile": _PROFILES.get(sending.profile, "CIUS"),
            "flowType": sending.kind,
            "sha256": hashlib.sha256(sending.content).hexdigest(),
        }
    )


def _multipart(boundary: str, info: bytes, sending: Sending) -> bytes:
    """The parts of a flow (RFC 7578)."""
    mime = b"application/pdf" if sending.syntax == "Factur-X" else b"application/xml"
    name = sending.name.replace('"', "").replace("\r", "").replace("\n", "").encode()
    line = b"--" + boundary.encode()
    return b"\r\n".join(
        (
            line,
            b'content-disposition: form-data; name="flowInfo"',
            b"content-type: application/json",
            b"",
            info,
            line,
            b'content-disposition: form-data; name="file"; filename="' + name + b'"',
            b"content-type: " + mime,
            b"",
            sending.content,
            line + b"--",
            b"",
        )
    )


def _rejected(found: Fetched) -> Rejected:
    """Why a file is not taken, from an answer of 4xx."""
    try:
        told: Any = orjson.loads(found.body)
    except orjson.JSONDecodeError:
        told = {}
    told = told if isinstance(told, dict) else {}
    return Rejected(
        code=str(told.get("errorCode") or found.status)[:60],
        reason=str(told.get("errorMessage") or "it says nothing more")[:_LONGEST],
    )


def _flow(row: Any) -> Flow | None:
    """A flow of a list; none for what is no flow."""
    if not isinstance(row, dict) or not isinstance(row.get("flowId"), str):
        return None
    try:
        at = datetime.fromisoformat(str(row.get("updatedAt") or row.get("submittedAt")))
    except ValueError:
        return None
    told = row.get("acknowledgement")
    told = told if isinstance(told, dict) else {}
    state: Any = _ACKNOWLEDGED.get(str(told.get("status")), "pending")
    return Flow(
        flow_id=row["flowId"][:100],
        kind=str(row.get("flowType") or "")[:60],
        at=at if at.tzinfo else at.replace(tzinfo=UTC),
        tracking_id=str(row.get("trackingId") or ""),
        acknowledged=state,
        rejected=_why(told) if state == "error" else None,
    )


def _why(told: dict[str, Any]) -> Rejected:
    details = told.get("details")
    first = details[0] if isinstance(details, list) and details else {}
    first = first if isinstance(first, dict) else {}
    return Rejected(
        code=str(first.get("reasonCode") or "REJ_SEMAN")[:60],
        reason=str(first.get("reasonMessage") or "it says nothing more")[:_LONGEST],
    )
