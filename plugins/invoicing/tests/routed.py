"""Routed: a shop that is connected to an approved platform of the tests' own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from core.tests.outside.receiver import LOOPBACK, Receiver, receiving
from eyeot.runtime.outgoing import Outgoing
from eyeot_invoicing.einvoices.statuses import STATUS
from eyeot_invoicing.platforms import cdar
from eyeot_invoicing.platforms.cdar import Message
from plugins.invoicing.tests.approved import CLIENT, SECRET, Approved
from plugins.invoicing.tests.shop import OTHER_SIREN, SIREN, Shop


@dataclass
class Route:
    """A shop that is connected to a platform."""

    shop: Shop
    platform: Approved
    receiver: Receiver
    connection: dict[str, Any]

    async def call(self, action: str, **arguments: Any) -> dict[str, Any]:
        """Run an action."""
        return await self.shop.call(action, **arguments)

    async def sent(self, *lines: tuple[str, str, str]) -> dict[str, Any]:
        """A posted invoice that was handed over."""
        posted = await self.shop.posted(*(lines or (("2", "850.00", "20"),)))
        return await self.call("invoicing.einvoice.submit", invoice_id=posted["id"])

    def message(self, handed: dict[str, Any], code: str, **more: Any) -> bytes:
        """What the buyer or a platform says of an e-invoice."""
        told = {
            "id": f"m-{handed['number']}-{code}",
            "code": code,
            "name": STATUS[code].fr if code in STATUS else "?",
            "at": datetime(2026, 11, 21, 10, tzinfo=UTC),
            "number": handed["number"],
            "issued": None,
            "seller_siren": SIREN,
            "buyer_siren": OTHER_SIREN,
            **more,
        }
        return cdar.write(Message(**told))


@asynccontextmanager
async def routed(shop: Shop) -> AsyncIterator[Route]:
    """A shop that is connected to a platform, as long as the block lasts."""
    engine = shop.house.engine
    before = engine.outside
    platform = Approved(reachable={SIREN, OTHER_SIREN})
    async with receiving() as receiver:
        receiver.answers = platform
        providers = {"approved_platform_test": receiver.url("")}
        engine.outside = replace(before, http=Outgoing(allowed=LOOPBACK), providers=providers)
        made = await shop.house.operator.call(
            "invoicing.pa_connection.create",
            platform="PA d'essai",
            client_id=CLIENT,
            client_secret=SECRET,
        )
        yield Route(shop, platform, receiver, made.result)
        engine.outside = before
