"""Apps: the clients of the authorization server that the operator registers for everybody here."""

from typing import Any

import click

from eyeot.cli.common import as_json, show, table, with_engine
from eyeot.deploy.operator import note_everywhere
from eyeot.platform.oauth import clients, redirects
from eyeot.platform.oauth.clients import BASIC, CODE, DEVICE, NONE, REFRESHING
from eyeot.runtime.engine import Engine


@click.group("client")
def client() -> None:
    """Apps that people may connect, registered by you rather than by themselves."""


@client.command("register")
@click.option("--name", required=True, help="What people see when they are asked.")
@click.option(
    "--redirect-uri", "uris", multiple=True, help="Where it is answered; may be repeated."
)
@click.option("--secret", "with_secret", is_flag=True, help="It runs on a server and keeps one.")
@click.option("--device", is_flag=True, help="It may be connected by a code, too.")
@as_json
def register(
    name: str, uris: tuple[str, ...], *, with_secret: bool, device: bool, as_json: bool
) -> None:
    """Register an app; its secret, if it has one, is printed this once."""
    for one in uris:
        if why := redirects.fault(one):
            raise click.UsageError(f"{one}: {why}.")
    if not uris and not device:
        raise click.UsageError("Give a --redirect-uri, or --device.")
    grant_types = [*([CODE] if uris else []), *([DEVICE] if device else []), REFRESHING]

    async def work(engine: Engine) -> dict[str, Any]:
        made, secret = await clients.register(
            engine,
            "registered",
            name,
            with_secret=with_secret,
            redirect_uris=list(uris),
            grant_types=grant_types,
            auth_method=BASIC if with_secret else NONE,
        )
        told = {"client_id": made.id, "name": made.name, "redirect_uris": list(uris)}
        await note_everywhere(engine, "core.oauth_client.register", told, {})
        return {**told, **({"client_secret": secret} if secret else {})}

    show(with_engine(work), plain=_plain, as_json=as_json)


def _plain(made: dict[str, Any]) -> str:
    secret = made.get("client_secret")
    return f"{made['client_id']}{f'  {secret}' if secret else ''}"


@client.command("list")
@as_json
def listed(*, as_json: bool) -> None:
    """List the apps that you registered."""

    async def work(engine: Engine) -> list[dict[str, Any]]:
        return [
            {
                "client_id": one.id,
                "name": one.name,
                "redirect_uris": list(one.redirect_uris),
                "secret": one.secret_hash is not None,
                "used_at": one.used_at.isoformat() if one.used_at else None,
            }
            for one in await clients.registered(engine)
        ]

    columns = ["client_id", "name", "redirect_uris", "used_at"]
    show(with_engine(work), plain=lambda rows: table(rows, columns), as_json=as_json)


@client.command("remove")
@click.argument("client_id")
def remove(client_id: str) -> None:
    """Forget an app: what it has ends within the hour, and nobody connects it again."""

    async def work(engine: Engine) -> bool:
        done = await clients.remove(engine, client_id)
        if done:
            await note_everywhere(engine, "core.oauth_client.remove", {"client_id": client_id}, {})
        return done

    if not with_engine(work):
        raise click.UsageError(f"There is no app {client_id} that you registered.")
    click.echo(f"Removed {client_id}.")


commands = (client,)
