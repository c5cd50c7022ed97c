"""Backup: everything in one file, and back; keys apart."""

import asyncio
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import Any

import click

from eyeot import app
from eyeot.cli.common import as_json, show
from eyeot.deploy import audit_key, database, roles
from eyeot.deploy.backup import keys, record
from eyeot.deploy.backup.archive import Archive, BackupRefused, told
from eyeot.deploy.backup.gap import Gap, gaps, lost
from eyeot.deploy.backup.load import Target, present, put_back
from eyeot.deploy.backup.taking import take
from eyeot.deploy.operator import note_everywhere, seed_everywhere
from eyeot.deploy.secret_keys import secret_keys
from eyeot.deploy.settings import Settings, load
from eyeot.deploy.store import store_of

PASSPHRASE = "EYEOT_KEYS_PASSPHRASE"  # noqa: S105 - the name of a variable
_FILE = click.Path(path_type=Path, dir_okay=False, resolve_path=True)


@click.command()
@click.argument("path", metavar="FILE", type=_FILE)
@click.option("--keys", "keys_path", type=_FILE, help="Write the keys to a file of their own too.")
@click.option("--verify", is_flag=True, help="Read a backup and compare every digest instead.")
@as_json
def backup(path: Path, keys_path: Path | None, *, verify: bool, as_json: bool) -> None:
    """Write a consistent backup to FILE while servers run: documents included, keys left out."""
    settings = load()
    if verify:
        show(_verified(settings, path), plain=_verified_summary, as_json=as_json)
        return
    passphrase = _passphrase(confirm=True) if keys_path else ""
    plugins, _ = app.load_plugins(settings.modules)
    with database.running(settings) as urls:
        manifest = asyncio.run(take(settings, _admin(urls), plugins, path, tell))
        asyncio.run(_note(settings, urls, "core.backup.create", {"file": path.name}))
    left_out = keys.present(settings)
    if keys_path:
        keys.export(settings, keys_path, passphrase)
    made = {"file": str(path), **told(manifest), "keys_left_out": left_out}
    show(made, plain=lambda one: _summary(one, keys_path), as_json=as_json)


def _summary(made: dict[str, Any], keys_path: Path | None) -> str:
    held = f"{made['rows']:,} rows of {made['tables']} tables and {made['documents']:,} documents"
    lines = [f"Wrote {made['file']}: {held}, as of {made['taken_at']}."]
    if made["damaged_documents"]:
        lines.append(
            f"{len(made['damaged_documents'])} documents were lost or changed in the store before."
        )
    if keys_path:
        lines.append(f"The keys are in {keys_path}: keep it apart, with its passphrase elsewhere.")
    elif made["keys_left_out"]:
        names = ", ".join(made["keys_left_out"])
        lines.append(
            f"Not in it: {names}. Without them what is sealed cannot be read; keep a copy apart"
            " (--keys FILE)."
        )
    return "\n".join(lines)


def _verified(settings: Settings, path: Path) -> dict[str, Any]:
    with Archive(path) as archive:
        archive.verify()
        vouched = archive.manifest.vouched(secret_keys(settings))
        return {"file": str(path), **told(archive.manifest), "sealed_by_this_deployment": vouched}


def _verified_summary(made: dict[str, Any]) -> str:
    return f"{made['file']} is whole.{_seal(made)}"


def _seal(made: dict[str, Any]) -> str:
    if made["sealed_by_this_deployment"]:
        return " This deployment's key vouches for it."
    return " The key here does not vouch for it: it is of another deployment, or was changed."


@click.command()
@click.argument("path", metavar="FILE", type=_FILE)
@click.option("--yes", is_flag=True, help="Replace what the database holds.")
@click.option("--keys", "keys_path", type=_FILE, help="The file that 'backup --keys' wrote.")
@as_json
def restore(path: Path, keys_path: Path | None, *, yes: bool, as_json: bool) -> None:
    """Put a backup back, whole or not at all; stop every server first."""
    settings = load()
    by_hand = keys.bring_back(settings, keys_path, _passphrase()) if keys_path else []
    with database.running(settings, sole=True) as urls:
        admin = _admin(urls)
        if (held := asyncio.run(present(admin))) and not yes:
            raise BackupRefused(
                f"The database holds {', '.join(held[:10])}; --yes replaces all of it by the backup."
            )
        made = asyncio.run(_restored(settings, urls, admin, path))
        about = {"file": path.name, "of": made["taken_at"]}
        each = {slug: {"put_aside": files} for slug, files in made["put_aside"].items()}
        for one in made["gaps"]:
            each[one["slug"]]["gap"] = one
        asyncio.run(_note(settings, urls, "core.backup.restore", about, each))
    made["to_set_by_hand"] = by_hand
    show(made, plain=_restored_summary, as_json=as_json)


async def _restored(
    settings: Settings, urls: database.Urls, admin: str, path: Path
) -> dict[str, Any]:
    plugins, _ = app.load_plugins(settings.modules)
    target = Target(
        admin_url=admin,
        plugins=plugins,
        store=store_of(settings, plugins),
        app=roles.Login.of(urls.app),
        relay=roles.Login.of(urls.relay),
    )
    with Archive(path) as archive:
        vouched = archive.manifest.vouched(secret_keys(settings))
        await put_back(archive, target, tell)
        # The database does not know the backup that it came from, which ended after its snapshot.
        await record.note(
            admin, path, (await asyncio.to_thread(path.stat)).st_size, archive.manifest
        )
        orgs, shelf = archive.manifest.organisations, audit_key.shelf(settings)
        missing = await gaps(admin, orgs, shelf)
        aside = await lost(admin, orgs, shelf)
        made = {**told(archive.manifest), "sealed_by_this_deployment": vouched}
        return {**made, "gaps": [_gap(one) for one in missing], "put_aside": aside}


def _gap(one: Gap) -> dict[str, Any]:
    since = one.since.isoformat() if one.since else None
    return {**asdict(one), "since": since, "until": one.until.isoformat()}


def _restored_summary(made: dict[str, Any]) -> str:
    held = f"{made['rows']:,} rows and {made['documents']:,} documents"
    lines = [f"Restored {held} of {', '.join(made['organisations'])}, as of {made['taken_at']}."]
    if not made["sealed_by_this_deployment"]:
        lines.append(
            "The keys here are not those of the backup: what was sealed with them cannot be read."
            " Restore again with --keys FILE if you have them."
        )
    lines += [
        f"{one['slug']}: {one['events']:,} events of its log, between {one['since'] or 'its beginning'}"
        f" and {one['until']}, were sealed and are not in this backup; {one['checkpoints']} proves it."
        for one in made["gaps"]
    ]
    if made["to_set_by_hand"]:
        lines.append(f"Set {', '.join(made['to_set_by_hand'])} as it was.")
    return "\n".join(lines)


async def _note(
    settings: Settings,
    urls: database.Urls,
    what: str,
    about: dict[str, Any],
    each: Mapping[str, dict[str, Any]] = MappingProxyType({}),
) -> None:
    """Tell every organisation's audit, and give its roles what modules brought since a backup."""
    async with database.engine(settings, urls, app.assemble(settings.modules)) as engine:
        await seed_everywhere(engine)
        await note_everywhere(engine, what, about, each)


def _admin(urls: database.Urls) -> str:
    if not urls.admin:
        raise click.UsageError(
            "Set EYEOT_DATABASE_ADMIN_URL to a login that may become the owner of the tables."
        )
    return urls.admin


def _passphrase(*, confirm: bool = False) -> str:
    given = os.environ.get(PASSPHRASE)
    if given is not None:
        return given
    said: str = click.prompt(
        "Passphrase of the keys", hide_input=True, confirmation_prompt=confirm, err=True
    )
    return said


def tell(step: str) -> None:
    """Show a person what is being done."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{step}", err=True, nl=False)


commands = (backup, restore)
