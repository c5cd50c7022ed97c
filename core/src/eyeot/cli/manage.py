"""Manage: organisations, people, keys, the database, and any action from the command line."""

import asyncio
import json
from dataclasses import asdict
from typing import Any

import click

from eyeot import app
from eyeot.cli.common import as_json, organisation, show, table, with_engine
from eyeot.deploy import database, migrate, roles
from eyeot.deploy.backup.taking import require_fresh
from eyeot.deploy.operator import (
    Operator,
    let_in_again,
    open_organisation,
    register,
    seed_everywhere,
)
from eyeot.deploy.settings import Settings, load, new_password
from eyeot.deploy.store import sweep
from eyeot.runtime.engine import Engine
from eyeot.storage.pool import taken


@click.group()
def org() -> None:
    """Organisations of this deployment."""


@org.command("create")
@click.argument("slug")
@click.option("--name", required=True, help="Its legal name.")
@click.option("--siren", help="Its SIREN.")
@as_json
def org_create(slug: str, name: str, siren: str | None, *, as_json: bool) -> None:
    """Open an organisation."""
    settings = {"legal_name": name, **({"siren": siren} if siren else {})}

    async def work(engine: Engine) -> dict[str, Any]:
        made = await open_organisation(engine, slug, **settings)
        return {"slug": slug, "id": str(made.org_id)}

    show(with_engine(work), plain=lambda made: f"Opened {made['slug']}.", as_json=as_json)


@org.command("list")
@as_json
def org_list(*, as_json: bool) -> None:
    """List the organisations."""

    async def work(engine: Engine) -> list[dict[str, Any]]:
        async with taken(engine.database.relay) as connection:
            found = await connection.fetch(
                "SELECT slug, id, created_at FROM eyeot_organisation ORDER BY slug"
            )
        return [
            {"slug": r["slug"], "id": str(r["id"]), "created_at": r["created_at"].isoformat()}
            for r in found
        ]

    show(
        with_engine(work),
        plain=lambda rows: table(rows, ["slug", "id", "created_at"]),
        as_json=as_json,
    )


@click.group()
def user() -> None:
    """People of an organisation."""


@user.command("create")
@organisation
@click.option("--email", required=True)
@click.option("--name", required=True)
@click.option(
    "--role", "held", multiple=True, default=("viewer",), show_default=True, help="May be repeated."
)
@as_json
def user_create(slug: str, email: str, name: str, held: tuple[str, ...], *, as_json: bool) -> None:
    """Register a person; a new account gets a password, shown this once."""
    password = new_password()

    async def work(engine: Engine) -> dict[str, Any]:
        operator = await Operator.of(engine, slug)
        made = await register(operator, email, name, list(held), password)
        told = {"password": password} if made.is_new else {"account": "known; its password stays"}
        return {"id": made.id, "email": email, **told}

    show(with_engine(work), plain=lambda made: "  ".join(made.values()), as_json=as_json)


@user.command("reset")
@click.argument("email")
@click.option("--factor", is_flag=True, help="Take their second factor away too.")
@as_json
def user_reset(email: str, *, factor: bool, as_json: bool) -> None:
    """A link by which a person sets a new password, once within thirty minutes: hand it to them alone."""
    address = load().public_url

    async def work(engine: Engine) -> dict[str, Any]:
        engine.public_url = address
        return await let_in_again(engine, email, factor=factor)

    show(with_engine(work), plain=lambda made: str(made["link"]), as_json=as_json)


@click.group()
def key() -> None:
    """Service keys of agents and integrations."""


@key.command("create")
@organisation
@click.option("--name", required=True, help="What it is for.")
@click.option(
    "--for",
    "made_for",
    type=click.Choice(["agent", "integration"]),
    default="agent",
    show_default=True,
)
@click.option("--scopes", default="", help="Permissions, e.g. 'crm:read sales:write'.")
@click.option("--role", help="A role to work under, instead of or besides scopes.")
@click.option("--owner", help="E-mail of the person it acts for.")
@as_json
def key_create(slug: str, *, as_json: bool, **given: Any) -> None:
    """Make a key; its secret is printed this once."""

    async def work(engine: Engine) -> dict[str, Any]:
        operator = await Operator.of(engine, slug)
        arguments = {
            "name": given["name"],
            "made_for": given["made_for"],
            "scopes": given["scopes"].split(),
        }
        if given["role"]:
            arguments["role_id"] = await _one(operator, "core.role.list", name=given["role"])
        if given["owner"]:
            arguments["owner_id"] = given["owner"]
        return (await operator.call("core.api_key.create", **arguments)).result

    show(with_engine(work), plain=lambda made: str(made["key"]), as_json=as_json)


@key.command("revoke")
@organisation
@click.argument("key_id")
@click.option("--reason", required=True)
def key_revoke(slug: str, key_id: str, reason: str) -> None:
    """Stop a key for good."""

    async def work(engine: Engine) -> dict[str, Any]:
        operator = await Operator.of(engine, slug)
        return (await operator.call("core.api_key.revoke", id=key_id, reason=reason)).result

    show(with_engine(work), plain=lambda made: f"{made['name']} is revoked.", as_json=False)


async def _one(operator: Operator, action: str, **asked: Any) -> str:
    found = (await operator.call(action, **asked)).result["items"]
    if not found:
        raise click.UsageError(f"There is no {', '.join(str(value) for value in asked.values())}.")
    return str(found[0]["id"])


@click.command()
@organisation
@click.argument("action")
@click.argument("arguments", default="{}")
@click.option("--dry-run", is_flag=True, help="Run, report every effect, change nothing.")
@click.option("--idempotency-key", help="A new UUID; a repetition with the same one is done once.")
@click.option("--plan-token", help="From a dry run: commit exactly that.")
def call(slug: str, action: str, arguments: str, **more: Any) -> None:
    """Run any action as the operator: eyeot call --org demo crm.customer.count '{}'."""
    try:
        given = json.loads(arguments)
    except json.JSONDecodeError as wrong:
        raise click.UsageError(f"The arguments are not JSON: {wrong}") from wrong
    if not isinstance(given, dict):
        raise click.UsageError("The arguments must be a JSON object.")

    async def work(engine: Engine) -> dict[str, Any]:
        operator = await Operator.of(engine, slug)
        chosen = {name: value for name, value in more.items() if value}
        return (await operator.call(action, **{**given, **chosen})).told()

    show(with_engine(work))


@click.group()
def db() -> None:
    """The database."""


@db.command("upgrade")
@click.option("--yes", is_flag=True, help="Migrate without a backup of the last 24 hours.")
def db_upgrade(*, yes: bool) -> None:
    """Make the roles, migrate every module, secure every table."""
    settings = load()
    plugins, _ = app.load_plugins(settings.modules)
    with database.running(settings) as urls:
        if not urls.admin:
            raise click.UsageError(
                "Set EYEOT_DATABASE_ADMIN_URL to a login that may create roles and own the database."
            )
        lacking = asyncio.run(migrate.behind(urls.admin, plugins))
        if lacking and not yes:
            asyncio.run(require_fresh(urls.admin))
        asyncio.run(
            migrate.upgrade(
                urls.admin, plugins, roles.Login.of(urls.app), roles.Login.of(urls.relay)
            )
        )
    click.echo(
        f"Applied {', '.join(sorted(lacking))}."
        if lacking
        else "Nothing to apply; roles and rights are checked."
    )


async def _seed(settings: Settings, urls: database.Urls) -> None:
    """Give roles what newly installed modules bring."""
    catalogue = app.assemble(settings.modules)
    async with database.engine(settings, urls, catalogue) as engine:
        await seed_everywhere(engine)


@db.command("check")
def db_check() -> None:
    """Compare the database with the declarations."""
    settings = load()
    plugins, _ = app.load_plugins(settings.modules)
    with database.running(settings) as urls:
        url = urls.admin or urls.app
        lacking = asyncio.run(migrate.behind(url, plugins))
        if lacking:
            raise click.ClickException(
                f"The database lacks {', '.join(sorted(lacking))}. Run 'eyeot db upgrade'."
            )
        found = asyncio.run(migrate.drift(url, plugins)) if urls.admin else []
    for one in found:
        click.echo(f"differs: {one}")
    if found:
        raise SystemExit(1)
    click.echo("The database is what the modules declare.")


@click.group()
def documents() -> None:
    """Where the bytes of documents are kept."""


@documents.command("sweep")
@as_json
def documents_sweep(*, as_json: bool) -> None:
    """Remove what failed commits left over a day ago, and links that are long over."""
    show(
        asdict(with_engine(sweep)),
        plain=lambda done: f"Removed {done['contents']} contents and {done['links']} links.",
        as_json=as_json,
    )


commands = (org, user, key, call, db, documents)
