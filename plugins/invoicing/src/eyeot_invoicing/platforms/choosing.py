"""Choosing: which connection is used, and what speaks to it."""

from collections.abc import Callable
from uuid import UUID

from eyeot import Conflict, Context
from eyeot_invoicing.platforms.afnor import Afnor
from eyeot_invoicing.platforms.chorus import Chorus
from eyeot_invoicing.platforms.connections import PaConnection, lifecycle
from eyeot_invoicing.platforms.interface import Platform

CHORUS = "chorus_pro"
ADAPTERS: dict[str, Callable[[Context, PaConnection], Platform]] = {
    "xp_z12_013": Afnor,
    CHORUS: Chorus,
}
"""By what a connection says of its interface; a vendor's own is added here."""


async def connection_of(ctx: Context, id: UUID | None = None) -> PaConnection:
    """The connection that is named, or the one that is in use."""
    found = await ctx.get(PaConnection, id) if id else await usual(ctx)
    if found is None:
        raise Conflict(
            reason="This house is connected to no approved platform.",
            remedy="Connect one with invoicing.pa_connection.create, then invoicing.pa_connection.test.",
        )
    if found.status == "ended" or found.archived_at is not None:
        raise Conflict(
            reason=f"The connection to {found.platform} has ended.",
            remedy="invoicing.pa_connection.list(status_in=[tested, active]) shows those in use.",
        )
    if found.environment == "prod" and found.status == "draft":
        raise Conflict(
            reason=f"The connection to {found.platform} was never tried.",
            remedy="Try it first with invoicing.pa_connection.test.",
        )
    return found


async def usual(ctx: Context) -> PaConnection | None:
    """The connection in use: the real one before a test one, the default for reception first."""
    c = PaConnection.c
    order = (c.environment == "test", c.is_reception_default.desc(), c.status == "draft", c.id)
    return await ctx.first(
        PaConnection,
        c.api != CHORUS,
        c.status != "ended",
        c.archived_at.is_(None),
        order=order,
    )


async def chorus(ctx: Context) -> PaConnection:
    """The connection to Chorus Pro that is in use; the real one before a test one."""
    c = PaConnection.c
    order = (c.environment == "test", c.status == "draft", c.id)
    where = (c.api == CHORUS, c.status != "ended", c.archived_at.is_(None))
    found = await ctx.first(PaConnection, *where, order=order)
    if found is None:
        raise Conflict(
            reason="This house is not connected to Chorus Pro.",
            remedy="Connect it with invoicing.pa_connection.create(api=chorus_pro, …): PISTE's"
            " client_id and client_secret, and the technical account of Chorus Pro.",
        )
    return await connection_of(ctx, found.id)


async def went_by_chorus(ctx: Context, id: UUID | None) -> bool:
    """Whether a connection, if any, is one to Chorus Pro."""
    if id is None:
        return False
    return (await ctx.get(PaConnection, id, beyond=True)).api == CHORUS


def platform_of(ctx: Context, connection: PaConnection) -> Platform:
    """What speaks to the platform of a connection."""
    adapter = ADAPTERS.get(connection.api)
    if adapter is None:
        raise Conflict(
            reason=f"There is no adapter for the own interface of {connection.platform}.",
            remedy="Connect it by the standard interface (api=xp_z12_013).",
        )
    return adapter(ctx, connection)


def went_well(connection: PaConnection) -> None:
    """A platform took something of ours: the connection is in use."""
    if connection.status == "tested":
        lifecycle.take(connection, "go_live")
