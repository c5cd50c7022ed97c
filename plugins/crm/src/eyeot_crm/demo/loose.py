"""Loose ends: what every company has lying about: a blocked supplier, a slip, a pipeline nobody uses."""

from typing import Any, Protocol


class Demo(Protocol):
    """What this needs of the core's loader."""

    now: Any

    async def call(self, action: str, *, by: str, at: Any, **arguments: Any) -> dict[str, Any]:
        """Run one action as a member of staff."""


async def leave(demo: Demo, by: str) -> None:
    """Leave the loose ends of the year, made by a member of staff on its last day."""

    async def do(action: str, **arguments: Any) -> str:
        made = await demo.call(action, by=by, at=demo.now, **arguments)
        return str(made["id"])

    (customer,) = (
        await demo.call("crm.customer.list", by=by, at=demo.now, fields=["id"], limit=1)
    )["items"]
    text = "Visite du 12 : fournil à agrandir, budget au printemps."
    await do(
        "crm.customer.attach_document", id=customer["id"], filename="compte-rendu.txt", text=text
    )
    blocked = await do(
        "crm.party.create", name="Emballages du Forez", emails=["compta@forez.example"]
    )
    reason = "Livraisons incomplètes, avoir attendu"
    await do("crm.party.block", id=blocked, scope=["orders"], reason=reason)
    await do("crm.party.create", name="Saisie en double, à supprimer")
    await do("crm.pipeline.create", name="Export")
    partners = await do("crm.pipeline.create", name="Partenaires")
    await do("crm.stage.create", pipeline_id=partners, name="Premier échange", probability="10")
