"""Agenda: what the sellers did lately, have to do now, and noted down."""

from datetime import timedelta
from itertools import cycle
from typing import Any

from eyeot_crm.demo.loose import Demo
from eyeot_crm.demo.model import Opportunity

_PLANS = (
    ("call", "Rappeler pour le devis", -2, "high"),
    ("meeting", "Présenter l'offre sur place", 1, "normal"),
    ("task", "Envoyer les plans d'implantation", 0, "normal"),
    ("visit", "Relever les cotes du laboratoire", 4, "normal"),
    ("email", "Relancer sur la proposition", -1, "normal"),
    ("demo", "Essai du four mixte au showroom", 8, "high"),
    ("call", "Confirmer la date de livraison", 2, "low"),
)
_TALKS = (
    ("call", "Le budget est validé, reste à choisir la puissance.", 15),
    ("meeting", "Visite de l'atelier : l'extraction est à refaire avant l'été.", 60),
    ("email", "Demande de variante avec surgélateur à part.", None),
    ("call", "Compare avec un concurrent, décision à la fin du mois.", 10),
)
_NOTES = (
    "Livrer **avant 7 h** : la rue est piétonne ensuite.",
    "Compte suivi par la gérante ; ne pas appeler pendant le service.",
    "Courant triphasé à vérifier avant toute offre.",
    "Paie toujours à l'échéance ; a demandé un contrat d'entretien.",
)
_MOST_PLANNED, _MOST_DONE = 40, 60


async def plan(demo: Demo, ids: dict[str, str], deals: tuple[Opportunity, ...]) -> None:
    """Tell, log and plan what the open deals call for, each by its seller."""
    open_ = [one for one in deals if one.outcome == "open"]
    for deal, (kind, text, minutes) in zip(open_[:_MOST_DONE], cycle(_TALKS), strict=False):
        if deal.contacts:
            last = max(deal.moves[-1].at, demo.now - timedelta(days=20))
            spoke: dict[str, Any] = {"kind": kind, "summary": text, "duration_min": minutes}
            contact = ids[deal.contacts[0]]
            await demo.call(
                "crm.contact.log_interaction", by=deal.owner, at=last, id=contact, **spoke
            )
    for deal, planned in zip(open_[:_MOST_PLANNED], cycle(_PLANS), strict=False):
        await _planned(demo, ids, deal, planned)
    for deal, body in zip(open_[: 3 * len(_NOTES)], cycle(_NOTES), strict=False):
        customer = ids[deal.customer]
        await demo.call("crm.note.create", by=deal.owner, at=demo.now, record=customer, body=body)
    await _closed(demo, ids, open_)


async def _planned(
    demo: Demo, ids: dict[str, str], deal: Opportunity, planned: tuple[str, str, int, str]
) -> None:
    kind, subject, days, priority = planned
    await demo.call(
        "crm.activity.create",
        by=deal.owner,
        at=demo.now - timedelta(days=3),
        kind=kind,
        subject=subject,
        record=ids[deal.key],
        due_at=(demo.now + timedelta(days=days)).isoformat(),
        priority=priority,
    )


async def _closed(demo: Demo, ids: dict[str, str], open_: list[Opportunity]) -> None:
    """A next step, and a visit that was called off."""
    deal = open_[0]
    due = (demo.now + timedelta(days=6)).isoformat()
    step = {"id": ids[deal.customer], "text": "Proposer un contrat d'entretien", "due_at": due}
    await demo.call("crm.customer.set_next_step", by=deal.owner, at=demo.now, **step)
    visit = await demo.call(
        "crm.activity.create",
        by=deal.owner,
        at=demo.now,
        kind="visit",
        subject="Visite de courtoisie",
        record=ids[deal.customer],
    )
    reason = "Le client est en congé."
    await demo.call(
        "crm.activity.cancel", by=deal.owner, at=demo.now, id=visit["id"], reason=reason
    )
