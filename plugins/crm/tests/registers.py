"""Registers: what public registers answer in tests, as their own documentation shows answers."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

KNOWN = "732829320"
HEAD = {
    "siret": "73282932000074",
    "numero_voie": "12",
    "type_voie": "RUE",
    "libelle_voie": "DE LA REPUBLIQUE",
    "code_postal": "69002",
    "libelle_commune": "LYON",
    "activite_principale": "10.71C",
    "etat_administratif": "A",
    "liste_enseignes": ["LE FOURNIL"],
}


def _company(siren: str, name: str) -> dict[str, Any]:
    return {
        "siren": siren,
        "nom_complet": name,
        "nom_raison_sociale": name,
        "activite_principale": "10.71C",
        "nature_juridique": "5499",
        "tranche_effectif_salarie": "11",
        "date_creation": "2011-03-01",
        "etat_administratif": "A",
        "siege": {**HEAD, "siret": f"{siren}{HEAD['siret'][9:]}" if siren == KNOWN else None},
        "matching_etablissements": [],
    }


def companies(_method: str, path: str, _body: bytes) -> Any:
    """Any SIREN is a company's, but those that begin with 9; any trade has two."""
    asked = parse_qs(urlsplit(path).query)
    words = asked.get("q", [""])[0]
    digits = "".join(sign for sign in words if sign.isdigit())[:9]
    if digits.startswith("9"):
        return {"results": []}
    if digits:
        return {"results": [_company(digits, "MERCIER BOULANGERIE")]}
    if words == "deux":
        return {"results": [_company(KNOWN, "DEUX A"), _company("552100554", "DEUX B")]}
    return {"results": [_company("380129866", "FOURNIL NEUF")]}


def vies(_method: str, path: str, _body: bytes) -> Any:
    """Every number is registered, but those that end with 554."""
    valid = not urlsplit(path).path.endswith("554")
    return {
        "isValid": valid,
        "userError": "VALID" if valid else "INVALID",
        "requestDate": "2026-11-20T10:00:00Z",
        "name": "SARL MERCIER" if valid else "---",
        "address": "69002 LYON",
        "requestIdentifier": "WAPIAAAAX1",
    }


def addresses(_method: str, path: str, _body: bytes) -> Any:
    """The base knows what is in a town that it knows."""
    words = parse_qs(urlsplit(path).query)["q"][0]
    told = {"name": words[:60].title(), "city": "Lyon", "postcode": "69002", "score": 0.93}
    return {"features": [{"properties": {**told, "score": 0.2 if "inconnue" in words else 0.93}}]}


def dns(_method: str, path: str, _body: bytes) -> Any:
    """Domains take mail, but those named nulle."""
    if "nulle" in path:
        return {"Status": 0, "Answer": [{"type": 15, "data": "0 ."}]}
    if "absent" in path:
        return {"Status": 3}
    return {"Status": 0, "Answer": [{"type": 15, "data": "10 mx.example."}]}


def directory(_method: str, path: str, _body: bytes) -> Any:
    """One company is registered."""
    if not path.endswith(f"code:{KNOWN}"):
        return None
    return {
        "addressingIdentifier": KNOWN,
        "siren": KNOWN,
        "platformId": "PA-001",
        "status": "Active",
    }


ANSWERS = {
    "company_registry": companies,
    "vies": vies,
    "address_base": addresses,
    "dns": dns,
    "einvoicing_directory": directory,
}
