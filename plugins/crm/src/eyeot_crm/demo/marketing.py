"""Marketing: who agreed to be written to, segments, campaigns, scores and bank accounts of the demo."""

from datetime import timedelta
from itertools import cycle
from typing import Any, Protocol

from eyeot_crm.demo.model import Opportunity

_AGREED = 24
_WORDS = {
    "text": "Je souhaite recevoir par e-mail les nouveautés et invitations.",
    "how": "case cochée",
    "form": "formulaire de contact du site",
}
_RULES: tuple[tuple[str, dict[str, Any], int, int | None], ...] = (
    ("Budget de plus de 5 000 €", {"budget_from": "5000"}, 30, None),
    ("E-mail connu", {"email_is_set": True}, 15, None),
    ("Recommandé", {"source_contains": "Recommandation"}, 25, None),
    ("Demande récente", {}, 20, 60),
)
_TEXT = (
    "Bonjour {first_name},\n\nNous présentons nos nouveaux fours à sole le 12 mars à l'atelier."
    " {company} y est la bienvenue.\n\nÀ bientôt."
)


class Demo(Protocol):
    """What this needs of the core's loader."""

    ids: dict[str, str]
    now: Any

    async def call(self, action: str, *, by: str, at: Any, **arguments: Any) -> dict[str, Any]:
        """Run one action as a member of staff."""


async def market(demo: Demo, by: str, deals: tuple[Opportunity, ...]) -> None:
    """Record consents, make segments and campaigns, and what else came with them."""

    async def do(action: str, **arguments: Any) -> dict[str, Any]:
        return await demo.call(action, by=by, at=demo.now, **arguments)

    found = (await do("crm.contact.list", email_is_set=True, sort="created_at", limit=60))["items"]
    await _consents(demo, by, found)
    static = await do("crm.segment.create", name="Portes ouvertes", resource="contact")
    agreed = [one["id"] for one in found[: _AGREED + 6]]
    await do("crm.segment.add_members", id=static["id"], members=agreed)
    silent = await do("crm.segment.create", name="Contacts du salon", resource="contact")
    await do("crm.segment.add_members", id=silent["id"], members=[one["id"] for one in found[40:]])
    deciders = {"role_in_purchase": "decider"}
    dynamic = {"name": "Décideurs", "resource": "contact", "kind": "dynamic", "query": deciders}
    made = await do("crm.segment.create", **dynamic)
    await do("crm.segment.refresh", id=made["id"])
    await _campaigns(demo, by, static["id"], silent["id"])
    for name, condition, points, decay in _RULES:
        rule = {"name": name, "condition": condition, "points": points, "decay_days": decay}
        await do("crm.scoring_rule.create", **rule)
    await _banks(demo, by)
    for deal in [one for one in deals if one.outcome == "open" and one.amount][:2]:
        price = {"amount": f"{deal.amount:.2f}", "currency": "EUR"}
        line = {"description": deal.name, "price": price}
        await do("crm.opportunity.add_product", id=demo.ids[deal.key], **line)


async def _consents(demo: Demo, by: str, contacts: list[dict[str, Any]]) -> None:
    """What some contacts agreed to over the last months, and who changed their mind."""
    ways = cycle(("consent", "legitimate_interest", "consent"))
    for n, (contact, basis) in enumerate(zip(contacts[:_AGREED], ways, strict=False)):
        told: dict[str, Any] = {
            "party_id": contact["party_id"],
            "channel": "email",
            "purpose": "events" if n % 2 else "newsletter",
            "basis": basis,
            "source": "site web" if basis == "consent" else "relation commerciale",
        }
        if basis == "consent":
            told["proof"] = _WORDS
        at = demo.now - timedelta(days=90 - n)
        await demo.call("crm.consent.record", by=by, at=at, **told)
    for contact in contacts[_AGREED - 2 : _AGREED]:
        asked = {"id": contact["id"], "source": "réponse à un e-mail"}
        await demo.call("crm.contact.unsubscribe", by=by, at=demo.now, **asked)


async def _campaigns(demo: Demo, by: str, agreed: str, silent: str) -> None:
    """One to be looked at, one planned and one that went out, to nobody: nobody there had agreed."""
    base = {"purpose": "events", "subject": "{first_name}, une invitation", "body": _TEXT}
    for name, segment, days in (
        ("Portes ouvertes de mars", agreed, None),
        ("Relance du salon", silent, 30),
        ("Après le salon", silent, 0),
    ):
        made = await demo.call(
            "crm.campaign.create", by=by, at=demo.now, name=name, segment_id=segment, **base
        )
        if days is not None:
            at = (demo.now + timedelta(days=days)).isoformat()
            await demo.call("crm.campaign.schedule", by=by, at=demo.now, id=made["id"], send_at=at)


async def _banks(demo: Demo, by: str) -> None:
    """Accounts of two suppliers, one of them verified by a call."""
    told = await demo.call(
        "crm.party.list", by=by, at=demo.now, roles_has="supplier", fields=["id"], limit=2
    )
    ibans = ("FR7630004000031234567890143", "FR7630006000011234567890189")
    for party, iban in zip(told["items"], ibans, strict=False):
        made = await demo.call(
            "crm.party_bank_account.create",
            by=by,
            at=demo.now,
            party_id=party["id"],
            iban=iban,
            is_default=True,
        )
        if iban == ibans[0]:
            proof = "Rappelé au numéro connu : l'IBAN est confirmé."
            given = {"id": made["id"], "method": "call", "proof": proof}
            await demo.call("crm.party_bank_account.verify", by=by, at=demo.now, **given)
