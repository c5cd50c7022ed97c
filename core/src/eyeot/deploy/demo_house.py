"""Demo house: what every company sets up once: sites, calendars, numbering, tags, and news for its people."""

from datetime import timedelta
from typing import Any

from stdnum.fr import siret

from eyeot.deploy.demo_agents import agents_at_work
from eyeot.deploy.operator import Operator

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
    await agents_at_work(operator)
    teams = (await operator.call("core.team.list")).result["items"]
    if teams:
        await operator.call("core.tag.apply", records=[teams[0]["id"]], add=tags[:1])
    await _webhooks(operator)
    await _papers(operator)
    await _asked_of_data(operator)


async def _asked_of_data(operator: Operator) -> None:
    """People who asked about their data, each request as far as another."""
    people = (await operator.call("core.user.list", limit=50)).result["items"]
    today = operator.engine.clock().date()
    for at, (person, kind, steps) in enumerate(
        (
            ("Léa Fontaine", "access", ()),
            ("Hugo Lambert", "erasure", ("ask_for_identity",)),
            ("Nadia Benali", "access", ("verify_identity",)),
            ("Paul Girard", "restriction", ("verify_identity", "extend_deadline")),
        )
    ):
        given = {"kind": kind, "requester": person, "received_at": str(today - timedelta(days=at))}
        subject = {"subject_ref": people[-1]["id"]} if people else {}
        made = await operator.call("core.data_subject_request.create", **given, **subject)
        for step in steps:
            await _step(operator, made.result["id"], step)


async def _step(operator: Operator, id: str, step: str) -> None:
    given: dict[str, dict[str, str]] = {
        "ask_for_identity": {"id": id},
        "verify_identity": {"request_id": id, "method": "Réponse depuis l'adresse connue"},
        "extend_deadline": {"request_id": id, "reason": "Les archives couvrent plus de dix ans."},
    }
    await operator.call(f"core.data_subject_request.{step}", **given[step])


async def _papers(operator: Operator) -> None:
    """A letterhead in use, and the next one being drawn."""
    target: dict[str, Any] = {"target": "core.letter", "locale": "fr"}
    for name, accent, used in (("Papier à en-tête", "#24527a", True), ("Essai", "#7a2436", False)):
        made = await operator.call(
            "core.document_template.create", name=name, accent=accent, **target
        )
        if used:
            await operator.call("core.document_template.publish", template_id=made.result["id"])


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


async def greet(operator: Operator, user_id: str) -> None:
    """Tell somebody who comes in what there is to look at."""
    for title, body in (
        ("Bienvenue dans la société de démonstration", "Un an d'activité vous attend."),
        ("Votre clé pour agents est prête", "Elle agit en votre nom ; révoquez-la à tout moment."),
    ):
        await operator.call("core.notification.send", to=[user_id], title=title, body=body)
