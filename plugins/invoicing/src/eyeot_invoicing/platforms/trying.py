"""Trying a connection: whether the platform takes our credentials, and knows our addresses."""

from eyeot import Context, Input, Output, action
from eyeot_invoicing.platforms.choosing import platform_of
from eyeot_invoicing.platforms.connections import ConnectionId, PaConnection, lifecycle

_MOST = 5


class Chosen(Input):
    """One connection."""

    id: ConnectionId


class Reached(Output):
    """One of our addresses, and whether the directory has it."""

    address: str
    is_published: bool


class Tried(Output):
    """What came of it."""

    id: ConnectionId
    status: str
    is_up: bool
    addresses: list[Reached]


@action(
    "invoicing.pa_connection.test",
    risk="e",
    en=(
        "Test a platform connection; try the e-invoicing platform; are the credentials right; is "
        "the platform up"
    ),
    fr=(
        "Tester la connexion à une plateforme; essayer la plateforme de facturation; les "
        "identifiants sont-ils bons; la plateforme répond-elle"
    ),
    example={"id": "$invoicing.pa_connection"},
    record=PaConnection,
    next=("invoicing.einvoice.submit",),
)
async def test(ctx: Context, data: Chosen) -> Tried:
    """Ask a platform whether it takes our credentials, and its directory whether it knows our addresses."""
    row = await ctx.get(PaConnection, data.id, lock=True)
    if row.status != "active":
        lifecycle.check(row, "test")
    house = await ctx.organization()
    platform = platform_of(ctx, row)
    is_up = platform.check()
    wanted = list(row.electronic_addresses or ([house.siren] if house.siren else []))[:_MOST]
    found = [Reached(address=one, is_published=platform.reaches(one)) for one in wanted]
    if is_up:
        row.tested_at = ctx.now
        if row.status != "active":
            lifecycle.take(row, "test")
    return Tried(id=row.id, status=row.status, is_up=is_up, addresses=found)
