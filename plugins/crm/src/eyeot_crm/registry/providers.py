"""Providers: the public registers that are asked, where the operator has switched them on."""

from collections.abc import Mapping
from typing import Any, Literal

from eyeot import Context, Fetched, Provider, ProviderNotConfigured, ProviderUnavailable

COMPANIES = Provider(
    name="company_registry",
    doc=(
        "French companies and their sites (API Recherche d'entreprises)",
        "Entreprises françaises et leurs établissements (API Recherche d'entreprises)",
    ),
    url="https://recherche-entreprises.api.gouv.fr",
)
VIES = Provider(
    name="vies",
    doc=("European VAT numbers (VIES)", "Numéros de TVA européens (VIES)"),
    url="https://ec.europa.eu/taxation_customs/vies/rest-api",
)
ADDRESSES = Provider(
    name="address_base",
    doc=("French national address base (BAN)", "Base adresse nationale (BAN)"),
    url="https://data.geopf.fr/geocodage",
)
MAIL_DOMAINS = Provider(
    name="dns",
    doc=("Which domains take mail (DNS over HTTPS)", "Quels domaines reçoivent du courrier (DNS)"),
    url="https://dns.google",
)
EINVOICING = Provider(
    name="einvoicing_directory",
    doc=(
        "Directory of electronic invoicing: which platform receives for whom",
        "Annuaire de la facturation électronique : quelle plateforme reçoit pour qui",
    ),
    url="https://annuaire.invalid",
)


Silence = Literal["not_configured", "unavailable"]


def asked(
    ctx: Context, provider: Provider, path: str, query: Mapping[str, str]
) -> tuple[Fetched | None, Silence]:
    """What a register answers, and what is to be said when that is no use: a check goes on without it."""
    try:
        found = ctx.fetch(provider, "GET", path, query=query)
    except ProviderNotConfigured:
        return None, "not_configured"
    except ProviderUnavailable:
        return None, "unavailable"
    return found, "unavailable"


def companies(ctx: Context, query: Mapping[str, str]) -> list[dict[str, Any]]:
    """Companies of the register; refused where it is not switched on."""
    found = ctx.fetch(COMPANIES, "GET", "/search", query=query)
    if not found.ok:
        raise ProviderUnavailable(
            provider=COMPANIES.name, reason=f"it answered {found.status}", answered=found.status
        )
    results: list[dict[str, Any]] = found.json().get("results") or []
    return results
