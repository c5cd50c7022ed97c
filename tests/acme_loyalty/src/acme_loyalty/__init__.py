"""Loyalty: customers earn points with what they buy."""

from typing import Any

from acme_loyalty import accounts, earning, keeping
from eyeot import Plugin

__all__ = ["plugin"]


async def demo(given: Any) -> None:
    """Open accounts for the last customers of the demo company."""
    by, at = next(iter(given.people)), given.now
    found = await given.call("crm.customer.list", by=by, at=at, limit=3)
    for number, customer in enumerate(found["items"]):
        await given.call(
            "loyalty.account.create",
            by=by,
            at=at,
            customer_id=customer["id"],
            number=f"L-{number:05}",
            note="Préfère être appelé le matin",
        )


plugin = keeping.Keeping(
    name="loyalty",
    doc="Loyalty points of customers.",
    modules=(accounts, earning, keeping),
    roles={
        "sales": {"loyalty:read": "own"},
        "sales_manager": {"loyalty:read": "team", "loyalty.account:adjust": "team"},
        "viewer": {"loyalty:read": "organisation"},
    },
    permissions={
        "loyalty.account:adjust": (
            "Give and take points by hand.",
            "Ajouter et retirer des points à la main.",
        )
    },
    migrations="acme_loyalty.migrations",
    demo=demo,
)

assert isinstance(plugin, Plugin)
