"""Ambitions: who else sells in the demo company's market, and what its people are to sell."""

from datetime import datetime
from typing import Any, Protocol

from eyeot_crm.demo.model import Event, Opportunity

_RIVALS = (
    ("Cuisines Pro Services", "Dépannage le dimanche", "Pas d'atelier à Lyon"),
    ("Froid & Inox Distribution", "Prix d'appel", "Pose sous-traitée"),
)
_HOUSE, _SELLER, _MEETINGS = "1200000.00", "90000.00", 40


class Demo(Protocol):
    """What this needs of the core's loader."""

    ids: dict[str, str]
    now: Any

    async def call(self, action: str, *, by: str, at: Any, **arguments: Any) -> dict[str, Any]:
        """Run one action as a member of staff."""


async def compete(demo: Demo, event: Event) -> None:
    """Make the competitors, once deals may be lost to them."""
    for n, (name, strengths, weaknesses) in enumerate(_RIVALS):
        made = await demo.call(
            "crm.competitor.create",
            by=event.actor,
            at=event.at,
            name=name,
            strengths=strengths,
            weaknesses=weaknesses,
        )
        demo.ids[f"competitor:{n}"] = made["id"]


def winner(demo: Demo, kind: str, note: str | None) -> dict[str, str]:
    """Who got a lost deal, where a competitor did."""
    if kind != "competitor":
        return {}
    return {"competitor_id": demo.ids[f"competitor:{len(note or '') % len(_RIVALS)}"]}


async def aim(demo: Demo, by: str, deals: tuple[Opportunity, ...], sellers: list[str]) -> None:
    """Note who else is after some open deals, and set this year's and this quarter's targets."""
    now: datetime = demo.now
    for n, deal in enumerate([one for one in deals if one.outcome == "open"][:4]):
        rival = {"competitor_id": demo.ids[f"competitor:{n % len(_RIVALS)}"], "position": "level"}
        given = {"id": demo.ids[deal.key], **rival}
        await demo.call("crm.opportunity.set_competitor", by=by, at=now, **given)
    quarter = f"{now.year}-Q{(now.month + 2) // 3}"
    whole = {"metric": "won", "period": f"{now.year}", "amount": {"amount": _HOUSE}}
    targets: list[dict[str, Any]] = [whole]
    for one in sellers:
        told = {"user_id": demo.ids[one], "period": quarter}
        targets.append({**told, "metric": "won", "amount": {"amount": _SELLER}})
        targets.append({**told, "metric": "meetings", "meetings": _MEETINGS})
    for target in targets:
        await demo.call("crm.sales_target.create", by=by, at=now, **target)
