"""Doctor: what is wrong with a deployment, and how to mend it."""

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import asyncpg
from sqlalchemy.exc import DBAPIError

from eyeot import app
from eyeot.deploy import database, migrate
from eyeot.deploy.backup import record
from eyeot.deploy.embedded import EmbeddedRefused
from eyeot.deploy.outside import outside_of
from eyeot.deploy.settings import Settings, WrongSettings
from eyeot.runtime.catalogue import Catalogue
from eyeot.runtime.engine import wall_clock
from eyeot.runtime.sealing.health import ailments
from eyeot.storage.pool import Database, UnsafeRole

_ROOM = 1024**3
_OLD = timedelta(days=7)
_MOST_TOLD = 10


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at."""

    name: str
    well: bool
    told: str


async def examine(settings: Settings) -> list[Check]:
    """Look at the machine, the modules and the database."""
    catalogue = app.assemble(settings.modules)
    here = (*_machine(settings), *_modules(catalogue), *_providers(settings, catalogue))
    return [*here, *(await _database(settings, catalogue))]


def _machine(settings: Settings) -> Iterator[Check]:
    version = ".".join(str(part) for part in sys.version_info[:3])
    yield Check("python", sys.version_info >= (3, 11), f"{version}; 3.11 or newer is needed")
    place = settings.data_dir
    while not place.exists():
        place = place.parent
    writable = os.access(place, os.W_OK)
    yield Check(
        "data directory",
        writable,
        f"{settings.data_dir} {'can' if writable else 'cannot'} be written",
    )
    free = shutil.disk_usage(place).free
    yield Check("disk", free > _ROOM, f"{free // 1024**2:,} MB free; 1,024 MB are the least")


def _modules(catalogue: Catalogue) -> Iterator[Check]:
    names = ", ".join(one.name for one in catalogue.plugins)
    yield Check("modules", not catalogue.failures, f"{names}; {len(catalogue.actions)} actions")
    for one in catalogue.failures:
        yield Check(
            f"module {one.name}",
            well=False,
            told=f"{one.reason}; install what it needs, or remove it",
        )
    try:
        app.check_models(catalogue)
    except app.AssemblyError as wrong:
        yield Check("declarations", well=False, told=str(wrong))
    manager_checks = [check for one in catalogue.plugins for check in _asked(one)]
    yield from manager_checks


def _providers(settings: Settings, catalogue: Catalogue) -> Iterator[Check]:
    outside = outside_of(settings)
    for name, url in outside.providers.items():
        known = catalogue.providers.get(name)
        fault = outside.fault(url or known.url) if known else None
        keyless = known is not None and known.keyed and name not in outside.keys
        fault = fault or ("its key is missing (EYEOT_PROVIDER_KEYS)" if keyless else None)
        told = fault or f"asked at {url or known.url}" if known else "no installed module knows it"
        yield Check(f"provider {name}", well=known is not None and fault is None, told=told)


def _asked(plugin: object) -> Iterator[Check]:
    hook = getattr(plugin, "eyeot_health", None)
    for name, well, told in hook() if hook else ():
        yield Check(name, well, told)


async def _database(settings: Settings, catalogue: Catalogue) -> list[Check]:
    try:
        with database.running(settings) as urls:
            lacking = await migrate.behind(
                urls.admin if settings.embedded else urls.app, catalogue.plugins
            )
            told = (
                f"lacks {', '.join(sorted(lacking))}; run 'eyeot db upgrade'"
                if lacking
                else "at every head"
            )
            found = [Check("migrations", not lacking, told)]
            if not lacking:
                found += [await _roles(urls), await _backup(urls), await _audit(urls)]
            return found
    except (WrongSettings, EmbeddedRefused, OSError, asyncpg.PostgresError, DBAPIError) as wrong:
        told = str(wrong).partition("\n")[0]
        hint = "; if the database is new, run 'eyeot db upgrade'"
        return [Check("database", well=False, told=told + hint)]


async def _backup(urls: database.Urls) -> Check:
    last = await record.last(urls.relay)
    if last is None:
        told = "none of this database is known; run 'eyeot backup FILE'"
    else:
        told = f"the last is {last.age.days} days and {last.age.seconds // 3600} hours old: {last.file}"
    # A new deployment has none, which is no fault yet.
    return Check("backup", well=last is None or last.age < _OLD, told=told)


async def _audit(urls: database.Urls) -> Check:
    connection = await asyncpg.connect(urls.relay)
    try:
        found = [f"{slug}: {why}" async for slug, why in ailments(connection, wall_clock())]
    finally:
        await connection.close()
    if not found:
        return Check("audit", well=True, told="every organisation's checkpoint is up to date")
    hint = "; 'eyeot serve' or 'eyeot worker' seals" if any("wait" in one for one in found) else ""
    more = f" and {len(found) - _MOST_TOLD} more" if len(found) > _MOST_TOLD else ""
    return Check("audit", well=False, told="; ".join(found[:_MOST_TOLD]) + more + hint)


async def _roles(urls: database.Urls) -> Check:
    try:
        opened = await Database.open(urls.app, urls.relay, size=1)
    except UnsafeRole as unsafe:
        return Check("database role", well=False, told=str(unsafe))
    await opened.close()
    return Check("database role", well=True, told="bound by row-level security")
