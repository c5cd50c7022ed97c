"""Audit: whether the log is what it was, as far as signed checkpoints reach."""

from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from eyeot.cli.common import as_json, organisation, show, with_engine
from eyeot.deploy import audit_key
from eyeot.deploy.operator import Operator
from eyeot.deploy.outside import outside_of
from eyeot.deploy.settings import Settings, load
from eyeot.runtime.engine import Engine
from eyeot.runtime.sealing import aside, files, stored
from eyeot.runtime.sealing.examine import Report
from eyeot.runtime.sealing.notes import BadKey, Verifier
from eyeot.runtime.sealing.outside import Shelf
from eyeot.runtime.sealing.tree import Tree
from eyeot.runtime.transaction import Transaction
from eyeot.storage.pool import taken

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def audit() -> None:
    """The log of every call: its key, its proof."""


@audit.command("key")
@as_json
def key(*, as_json: bool) -> None:
    """Print the public key that checkpoints are signed with; keep it where the database is not."""
    told = str(audit_key.signer(load()).verifier)
    show({"key": told}, plain=lambda one: str(one["key"]), as_json=as_json)


@audit.command("export-key")
def print_export_key() -> None:
    """Print the public key that the archives of personal data are signed with, as PEM."""
    click.echo(outside_of(load()).signing_key, nl=False)


@audit.command("verify")
@click.option("--org", "slug", help="One organisation's slug; all of them when left out.")
@click.option("--checkpoint", "checkpoints", type=_FILE, multiple=True, help="A file of notes.")
@click.option("--file", "export", type=_FILE, help="An export to verify without a database.")
@click.option("--key", "keys", multiple=True, help="A public key to trust besides one's own.")
@as_json
def verify(
    slug: str | None,
    checkpoints: tuple[Path, ...],
    export: Path | None,
    keys: tuple[str, ...],
    *,
    as_json: bool,
) -> None:
    """Compare events, hash tree and checkpoints; exit status 1 when anything was changed."""
    settings = load()
    trusted = [*audit_key.trusted(settings), *map(_key, keys)]
    if export:
        reports = [_offline(export, checkpoints, trusted)]
    else:
        shelf = audit_key.shelf(settings)
        reports = with_engine(lambda engine: _all(engine, slug, trusted, (shelf, checkpoints)))
    show([_told(one) for one in reports], plain=_plain, as_json=as_json)
    if not all(one.intact for one in reports):
        raise SystemExit(1)


def _key(text: str) -> Verifier:
    try:
        return Verifier.parse(text)
    except BadKey as wrong:
        raise click.UsageError(f"--key: {wrong}") from wrong


def _offline(export: Path, checkpoints: tuple[Path, ...], trusted: list[Verifier]) -> Report:
    try:
        return files.examine(export, checkpoints, trusted)
    except (files.NotAnExport, KeyError, ValueError) as wrong:
        raise click.ClickException(f"{export} cannot be verified: {wrong}") from wrong


async def _all(
    engine: Engine,
    slug: str | None,
    trusted: list[Verifier],
    outside: tuple[Shelf, tuple[Path, ...]],
) -> list[Report]:
    shelf, more = outside
    if slug:
        chosen = [(await Operator.of(engine, slug)).org_id]
    else:
        async with taken(engine.database.relay) as connection:
            rows = await connection.fetch("SELECT id FROM eyeot_organisation ORDER BY slug")
        chosen = [row["id"] for row in rows]
    return [await held(engine, org_id, trusted, (shelf, more)) for org_id in chosen]


async def held(
    engine: Engine, org_id: UUID, trusted: list[Verifier], outside: tuple[Shelf, tuple[Path, ...]]
) -> Report:
    """An organisation's log held against its shelf, what restores put aside there, and more files."""
    shelf, more = outside
    there = [path for path in (shelf.path(org_id), *more) if path.exists()]
    before = shelf.put_aside(org_id)
    async with Transaction(engine.database.reads, org_id, reads=True) as snapshot:
        report = await stored.examine(snapshot.connection, org_id, there, trusted)
        await aside.report(snapshot.connection, org_id, before, trusted, report)
    if there or before:
        return report
    if report.checkpoints:
        report.find("checkpoints_gone", folder=str(shelf.folder))
    else:
        report.notices.append(
            "No checkpoint outside the database was found: what its end has lost cannot be told."
        )
    return report


@audit.command("export")
@organisation
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
def export(slug: str, file: Path) -> None:
    """Write the sealed events of an organisation, to be verified elsewhere with --file."""
    settings = load()

    async def work(engine: Engine) -> int:
        org_id = (await Operator.of(engine, slug)).org_id
        return await _write(engine, org_id, file, settings)

    click.echo(f"{with_engine(work):,} events are in {file}.")


async def _write(engine: Engine, org_id: UUID, path: Path, settings: Settings) -> int:
    count = 0
    async with Transaction(engine.database.reads, org_id, reads=True) as snapshot:
        with path.open("wb") as out:
            out.write(files.head(org_id, str(audit_key.signer(settings).verifier), Tree()))
            async for page in stored.pages(snapshot.connection, org_id):
                notes = await stored.notes(
                    snapshot.connection, org_id, count, page[-1].position + 1
                )
                out.writelines(files.lines(page, notes))
                count = page[-1].position + 1
    return count


def _told(report: Report) -> dict[str, Any]:
    return {"intact": report.intact, **asdict(report)}


def _plain(reports: list[dict[str, Any]]) -> str:
    lines: list[str] = []
    for one in reports:
        word = "intact" if one["intact"] else f"{one['problems']} problems"
        lines.append(
            f"{one['org_id']}  {word}: {one['size']:,} sealed events, {one['verified']:,} verified"
            f" against {one['checkpoints']:,} checkpoints (newest {one['verified_at'] or 'none'}),"
            f" {one['unsealed']:,} not sealed yet, {one['late']:,} late, {one['erased']:,} erased"
        )
        for found in one["findings"]:
            where = ", ".join(f"{n} {v}" for n, v in found.items() if n not in ("code", "meaning"))
            lines.append(f"  {found['code']} at {where}: {found['meaning']}")
        lines += [f"  {_lost(told)}" for told in one["restores"]]
        lines += [f"  note: {told}" for told in one["notices"]]
    return "\n".join(lines)


def _lost(told: dict[str, Any]) -> str:
    who = "a restore" if told["declared"] else "somebody, by no restore that the log knows of,"
    return (
        f"{who} put aside {told['checkpoints']:,} checkpoints: {told['events']:,} sealed events from"
        f" position {told['position']:,} on are not in this log (proof: {told['file']})"
    )


commands = (audit,)
