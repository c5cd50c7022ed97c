"""Chorus Pro: the portal by which the State and local authorities take invoices, reached through PISTE.

Source: external specifications of Chorus Pro, annex on API services (AIFE): `deposer/flux`,
`consulterCRDetaille`, `structures/rechercher` and `structures/consulter`; PISTE gives the token by OAuth 2
client credentials (RFC 6749, 4.4), and the header cpro-account names the technical account.
"""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, time
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlencode

import orjson

from eyeot import Conflict, Context, Fetched, Provider, ProviderUnavailable
from eyeot_invoicing.platforms.connections import PaConnection, about
from eyeot_invoicing.platforms.interface import Flow, Rejected, Sending

_LARGEST = 4 * 1024 * 1024
_PATIENCE = 60.0
_DOC = (
    "Chorus Pro, by which public bodies take invoices",
    "Chorus Pro, par où le secteur public reçoit ses factures",
)
_TRIAL = ("The qualification system of Chorus Pro", "La qualification de Chorus Pro")
_PISTE = (
    "PISTE, which gives the tokens for Chorus Pro",
    "PISTE, qui délivre les jetons d'accès à Chorus Pro",
)
PRODUCTION = Provider(
    name="chorus_pro",
    doc=_DOC,
    url="https://api.piste.gouv.fr",
    largest=_LARGEST,
    patience=_PATIENCE,
)
TRIAL = Provider(
    name="chorus_pro_test",
    doc=_TRIAL,
    url="https://sandbox-api.piste.gouv.fr",
    largest=_LARGEST,
    patience=_PATIENCE,
)
TOKENS = Provider(name="piste", doc=_PISTE, url="https://oauth.piste.gouv.fr")
TRIAL_TOKENS = Provider(
    name="piste_test",
    doc=("The test system of PISTE", "Le bac à sable de PISTE"),
    url="https://sandbox-oauth.piste.gouv.fr",
)
_HOSTS = {"prod": (TOKENS, PRODUCTION), "test": (TRIAL_TOKENS, TRIAL)}
_SYNTAXES: Final = {
    "Factur-X": "IN_DP_E2_CII_FACTURX",
    "UBL": "IN_DP_E1_UBL_INVOICE",
    "CII": "IN_DP_E1_CII_16B",
}
_LONGEST = 900


@dataclass(frozen=True, slots=True)
class Demands:
    """What a public body wants on invoices to it."""

    service: bool
    """The code of the service that is to handle it (BT-10)."""
    commitment: bool
    """The number of its legal commitment (engagement juridique, BT-13)."""
    either: bool
    """One of both, whichever."""


@dataclass(frozen=True, slots=True)
class Report:
    """What Chorus Pro made of a file."""

    state: str
    errors: tuple[str, ...]

    @property
    def taken(self) -> bool:
        """Whether the invoice is in Chorus Pro now."""
        return self.state == "IN_INTEGRE"

    @property
    def refused(self) -> bool:
        """Whether it is not, for good."""
        return self.state == "IN_REJETE"


class Chorus:
    """Chorus Pro, for one connection."""

    def __init__(self, ctx: Context, connection: PaConnection) -> None:
        self._ctx = ctx
        self._connection = connection
        self._tokens, self._provider = _HOSTS[connection.environment]
        opened = ctx.outside.unseal(connection.credentials or "", about(connection)) or "{}"
        self._secrets: dict[str, str] = orjson.loads(opened)
        self._token: Fetched | None = None

    @property
    def time(self) -> datetime:
        """When PISTE answered first in this call."""
        told = self._asked_token().headers.get("date", "")
        try:
            return parsedate_to_datetime(told).astimezone(UTC)
        except ValueError:
            return datetime.combine(self._ctx.today, time(12), UTC)

    def check(self) -> bool:
        """Whether it takes our credentials, and knows us by our SIRET."""
        return self._post("/cpro/structures/v1/rechercher", _wanted("")).ok

    def submit(self, sending: Sending) -> str | Rejected:
        """Hand a file over (`deposer/flux`): the number of its deposit."""
        told = {
            "fichierFlux": base64.b64encode(sending.content).decode(),
            "nomFichier": sending.name,
            "syntaxeFlux": _SYNTAXES[sending.syntax],
            "avecSignature": False,
        }
        found = self._post("/cpro/factures/v1/deposer/flux", told, changes=True)
        said = _object(found)
        if not found.ok or said.get("codeRetour"):
            return Rejected(
                code=str(said.get("codeRetour") or found.status)[:60],
                reason=str(said.get("libelle") or "it says nothing more")[:_LONGEST],
            )
        if not isinstance(said.get("numeroFluxDepot"), str):
            raise self._unusable("it names no deposit", found)
        return str(said["numeroFluxDepot"])[:100]

    def report(self, flow_id: str) -> Report:
        """What became of a deposit (`consulterCRDetaille`, which tells Factur-X too)."""
        told = {"numeroFluxDepot": flow_id}
        found = self._post("/cpro/transverses/v1/consulterCRDetaille", told)
        said = _object(found)
        if not found.ok:
            raise self._unusable("it has no report of the deposit", found)
        errors = [
            *(str(one.get("libelleErreurDP") or "") for one in _rows(said, "listeErreurDP")),
            *(
                f"{one.get('codeErreur') or ''} {one.get('libelleErreur') or ''}".strip()
                for one in _rows(said, "listeErreurTechnique")
            ),
        ]
        state = str(said.get("etatCourantDepotFlux") or "")[:60]
        return Report(state, tuple(one for one in errors if one))

    def demands(self, siret: str) -> Demands | None:
        """What a public body wants on invoices; none where Chorus Pro does not know its SIRET."""
        found = self._post("/cpro/structures/v1/rechercher", _wanted(siret))
        known = _rows(_object(found), "listeStructures")
        if not known:
            return None
        told = {"idStructureCPP": known[0].get("idStructureCPP")}
        said = _object(self._post("/cpro/structures/v1/consulter", told)).get("parametres")
        rules = said if isinstance(said, dict) else {}
        return Demands(
            service=bool(rules.get("codeServiceDoitEtreRenseigne")),
            commitment=bool(rules.get("numeroEJDoitEtreRenseigne")),
            either=bool(rules.get("gestionNumeroEJOuCodeService")),
        )

    def reaches(self, address: str) -> bool:
        """Whether Chorus Pro knows a SIRET."""
        wanted = _wanted(address.rpartition("_")[2])
        return bool(_rows(_object(self._post("/cpro/structures/v1/rechercher", wanted)), _FOUND))

    def flows(self, since: datetime | None, limit: int) -> list[Flow]:
        """Nothing: Chorus Pro tells of one deposit at a time."""
        raise self._one_by_one(since, limit)

    def original(self, flow_id: str) -> bytes:
        """Nothing: the file is kept here."""
        raise self._one_by_one(flow_id)

    def _one_by_one(self, *_: Any) -> Conflict:
        return Conflict(
            reason="Chorus Pro tells of one deposit at a time.",
            remedy="invoicing.einvoice.send_chorus_pro on the invoice once more tells what became of it.",
        )

    def _post(self, path: str, body: dict[str, Any], *, changes: bool = False) -> Fetched:
        login = f"{self._secrets.get('login', '')}:{self._secrets.get('password', '')}"
        token = self._asked_token().json()
        if not isinstance(token, dict) or not isinstance(token.get("access_token"), str):
            raise self._unusable("the token of PISTE is none", self._asked_token())
        headers = {
            "authorization": f"Bearer {token['access_token']}",
            "cpro-account": base64.b64encode(login.encode()).decode(),
            "accept": "application/json",
        }
        return self._ctx.fetch(
            self._provider, "POST", path, headers=headers, body=body, changes=changes
        )

    def _asked_token(self) -> Fetched:
        if self._token is None:
            form = {
                "grant_type": "client_credentials",
                "client_id": self._connection.client_id or "",
                "client_secret": self._secrets.get("client_secret", ""),
                "scope": "openid",
            }
            found = self._ctx.fetch(
                self._tokens,
                "POST",
                "/api/oauth/token",
                headers={"content-type": "application/x-www-form-urlencoded"},
                body=urlencode(form).encode(),
                changes=False,
            )
            if not found.ok:
                raise Conflict(
                    reason=f"PISTE does not take our credentials ({found.status}).",
                    remedy="Check the application at piste.gouv.fr, archive this connection, create it anew.",
                )
            self._token = found
        return self._token

    def _unusable(self, reason: str, found: Fetched) -> ProviderUnavailable:
        return ProviderUnavailable(
            provider=self._provider.name, reason=reason, answered=found.status
        )


_FOUND = "listeStructures"


def _wanted(siret: str) -> dict[str, Any]:
    told = {"typeIdentifiantStructure": "SIRET"}
    return {"structure": {**told, "identifiantStructure": siret} if siret else told}


def _object(found: Fetched) -> dict[str, Any]:
    try:
        told: Any = orjson.loads(found.body)
    except orjson.JSONDecodeError:
        told = {}
    return told if isinstance(told, dict) else {}


def _rows(told: dict[str, Any], name: str) -> list[dict[str, Any]]:
    rows = told.get(name)
    return [one for one in rows if isinstance(one, dict)] if isinstance(rows, list) else []
