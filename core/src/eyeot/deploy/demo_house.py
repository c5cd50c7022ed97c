"""Demo house: what every company sets up once: sites, calendars, numbering, tags, and news for its people."""

from typing import Any

from stdnum.fr import siret

from eyeot.deploy.operator import Operator
from eyeot.runtime.request import Request

_WITHOUT_SIREN = "732829320"
_SITES = (
    ("Siège de Lyon", "12 quai Perrache", "69002", "Lyon", True),
    ("Agence de Strasbourg", "3 rue du Fossé-des-Tailleurs", "67000", "Strasbourg", False),
    ("Dépôt de Vénissieux", "40 avenue de la République", "69200", "Vénissieux", False),
)
_SEQUENCES: tuple[dict[str, str], ...] = (
    {"code": "invoice", "name": "Factures de vente", "pattern": "FA-{year}-{seq:05}"},
    {"code": "credit_note", "name": "Avoirs", "pattern": "AV-{year}-{seq:05}"},
    {
        "code": "delivery",
        "name": "Bons de livraison",
        "pattern": "BL-{yy}{month}-{seq:04}",
        "reset": "monthly",
    },
)
_TAGS: tuple[dict[str, str], ...] = (
    {"name": "Prioritaire", "color": "#d9480f"},
    {"name": "Salon Sirha", "color": "#1971c2"},
    {"name": "À relancer", "color": "#f08c00"},
    {"name": "Salon Sihra", "color": "#1971c2"},
)
_AGENTS: tuple[dict[str, Any], ...] = (
    {
        "name": "Assistant commercial",
        "vendor": "Claude Desktop",
        "purpose": "Prépare les rendez-vous et tient les fiches à jour.",
    },
    {"name": "Relances", "vendor": "n8n", "ceiling": ["core:read"]},
)
_END = "2099-12-31T00:00:00Z"


async def furnish(operator: Operator) -> None:
    """Set the company up, as the person at the machine."""
    await _sites(operator)
    await operator.call("core.calendar.create", name="Métropole")
    at_strasbourg = {"name": "Strasbourg", "region": "alsace_moselle", "good_friday": True}
    made = await operator.call("core.calendar.create", **at_strasbourg)
    closed = {"first": "2026-12-24", "last": "2026-12-31", "reason": "Fermeture de fin d'année"}
    await operator.call("core.calendar.add_closure", id=made.result["id"], **closed)
    for sequence in _SEQUENCES:
        await operator.call("core.sequence.create", **sequence)
    tags = [(await operator.call("core.tag.create", **one)).result["id"] for one in _TAGS]
    await _agents(operator)
    teams = (await operator.call("core.team.list")).result["items"]
    if teams:
        await operator.call("core.tag.apply", records=[teams[0]["id"]], add=tags[:1])
    await _webhooks(operator)


async def _webhooks(operator: Operator) -> None:
    """Who is told of what happens: names that nobody can register, so that nothing leaves the demo."""
    for what, events in (("Annuaire interne", ["core.role.*"]), ("Ancien intranet", ["core.*"])):
        address = f"https://{what.split()[-1].lower()}.demo.example/eyeot"
        made = await operator.call(
            "core.webhook_endpoint.create", url=address, events=events, description=what
        )
    await operator.call("core.webhook_endpoint.pause", id=made.result["id"])
    await operator.call("core.webhook_endpoint.test", endpoint_id=made.result["id"])


async def _sites(operator: Operator) -> None:
    """Sites, unless a module knows those of its company."""
    if (await operator.call("core.establishment.list", limit=1)).result["items"]:
        return
    company = (await operator.call("core.organization.list")).result["items"][0]
    siren = company.get("siren", _WITHOUT_SIREN)
    numbers = (f"{siren}{n:05}" for n in range(10, 10_000))
    valid = (number for number in numbers if siret.is_valid(number))
    for name, line1, postcode, city, is_head_office in _SITES:
        address: dict[str, Any] = {"line1": line1, "postcode": postcode, "city": city}
        site: dict[str, Any] = {"name": name, "siret": next(valid), "address": address}
        await operator.call("core.establishment.create", is_head_office=is_head_office, **site)


async def _agents(operator: Operator) -> None:
    """Two agents: one that works, and did something that can be taken back; one that was stopped."""
    owner = (await operator.call("core.user.list", status="active", limit=1)).result["items"][0]
    made = [await operator.call("core.agent_client.create", **one) for one in _AGENTS]
    working, stopped = (one.result["id"] for one in made)
    key = await operator.call(
        "core.api_key.create",
        name="Assistant commercial",
        agent_id=working,
        owner_id=owner["id"],
        scopes=["core:read", "core:write"],
        expires_at=_END,
    )
    caller = await operator.engine.authenticate(key.result["key"], None)
    label: dict[str, Any] = {"name": "Vu par l'assistant", "color": "#868e96"}
    asked = Request(action="core.tag.create", arguments=label, caller=caller, surface="mcp")
    await operator.engine.execute(asked)
    await operator.call(
        "core.oauth_grant.create",
        client_id="https://claude.ai/oauth/claude-code-client-metadata",
        client_name="Claude Code",
        client_kind="document",
        client_host="claude.ai",
        redirect_host="localhost",
        owner_id=owner["id"],
        scopes=["core:read", "crm:read"],
    )
    await operator.call(
        "core.agent_client.pause", id=stopped, reason="Relances en double chez deux clients"
    )


async def greet(operator: Operator, user_id: str) -> None:
    """Tell somebody who comes in what there is to look at."""
    for title, body in (
        ("Bienvenue dans la société de démonstration", "Un an d'activité vous attend."),
        ("Votre clé pour agents est prête", "Elle agit en votre nom ; révoquez-la à tout moment."),
    ):
        await operator.call("core.notification.send", to=[user_id], title=title, body=body)
