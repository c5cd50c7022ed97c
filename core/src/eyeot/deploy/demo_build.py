"""Demo build: runs the demo company's year on a database of its own, and writes or compares the file of it.

`python -m eyeot.deploy.demo_build [--compare]`
"""

import asyncio
import os
import re
import secrets
import shutil
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg

from eyeot import app
from eyeot.declare.plugin import Plugin
from eyeot.deploy import migrate, roles
from eyeot.deploy.backup.archive import Archive, table_member
from eyeot.deploy.backup.dump import Source, back_up
from eyeot.deploy.demo import run_year
from eyeot.deploy.demo_year import NAME, SECRET, shipped
from eyeot.deploy.embedded import EmbeddedPostgres
from eyeot.runtime.engine import wall_clock
from eyeot.storage.contents import Chunks

VARYING = (
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "<id>"),
    (re.compile(r"\b[a-z]{3}_[0-7][0-9a-hjkmnp-tv-z]{25}\b"), "<id>"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "<hash>"),
    (re.compile(r"eyeot-lic-[\w.-]+|eyJ[\w-]+\.[\w-]+\.[\w-]+"), "<licence>"),
)
"""What differs between two runs of the same actions: generated ids, hashes over them, a signature."""
APART = (
    "core_audit_event", "core_licence", "core_outbox", "core_search_entry", "core_search_word",
    "eyeot_account", "eyeot_organisation",
)  # fmt: skip
"""Tables that tell of the machine too (how long a call took, when it was started): only counted."""


class Differs(Exception):
    """The shipped file is not what the actions make."""


async def build(path: Path, now: datetime) -> None:
    """Run the year until a moment and write it to a file."""
    plugins, failures = app.load_plugins()
    if failures:
        raise Differs(f"{failures[0].name} did not load: {failures[0].reason}")
    with _folder() as folder, EmbeddedPostgres(folder / "database", durable=False) as server:
        await _run(server, plugins, folder, now)
        await _refuse_secrets(server.admin_url)
        source = Source(
            admin_url=server.admin_url,
            plugins=plugins,
            store=Chunks(),
            storage="database",
            # Nobody needs to know the seal of a file that is shipped with the software.
            secrets=[secrets.token_bytes(32)],
        )
        await back_up(source, path)


@contextmanager
def _folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="eyeot-demo-year-"))
    # Where the user that PostgreSQL runs as may enter.
    made.chmod(0o711)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


async def _run(
    server: EmbeddedPostgres, plugins: list[Plugin], folder: Path, now: datetime
) -> None:
    await migrate.upgrade(server.admin_url, plugins)
    catalogue = app.assemble()
    engine = await app.start(catalogue, server.url(roles.APP), server.url(roles.RELAY))
    try:
        calls = await run_year(engine, folder, now)
        _say(f"{calls} actions were run.")
    finally:
        await app.stop(engine)


async def _refuse_secrets(admin_url: str) -> None:
    """Refuse a year in which somebody has a password or a key."""
    connection = await asyncpg.connect(admin_url)
    try:
        for table, secret in SECRET.items():
            if await connection.fetchval("SELECT to_regclass($1) IS NULL", table):
                continue
            if await connection.fetchval(f"SELECT EXISTS (SELECT FROM {table} WHERE {secret})"):  # noqa: S608 - our own
                raise Differs(f"{table} holds a secret, which would be shipped.")
    finally:
        await connection.close()


def differences(one: Path, other: Path) -> Iterator[str]:
    """Where two files tell of different years, what varies left out."""
    with Archive(one) as first, Archive(other) as second:
        names = sorted({*first.manifest.tables, *second.manifest.tables})
        for name in names:
            if name in APART:
                counts = [one.manifest.tables[name].rows for one in (first, second)]
                if counts[0] != counts[1]:
                    yield f"{name}: {counts[0]} rows, not {counts[1]}"
                continue
            was, made = _rows(first, name), _rows(second, name)
            for row, count in ((was - made) + (made - was)).most_common(2):
                yield f"{name}: {'gone' if row in was else 'new'} ({count}): {row[:300]}"


def _rows(archive: Archive, name: str) -> Counter[str]:
    told = archive.manifest.tables.get(name)
    if told is None:
        return Counter()
    text = b"".join(archive.read(table_member(name), told)).decode()
    for pattern, instead in VARYING:
        text = pattern.sub(instead, text)
    return Counter(text.splitlines())


async def main(*, compare: bool) -> None:
    """Write the file that is shipped, or hold it against a new one of the same moment."""
    # The audit tells who was at the machine.
    os.environ["LOGNAME"] = "eyeot"
    path = shipped()
    with _folder() as folder:
        made = folder / NAME
        if not compare:
            await build(made, moment(wall_clock()))
            await asyncio.to_thread(_pack, made, path)
            return
        with Archive(path) as archive:
            now = moment(archive.manifest.taken_at)
        await build(made, now)
        found = list(differences(path, made))
    for one in found:
        _say(one)
    if found:
        raise SystemExit(1)


def _pack(made: Path, path: Path) -> None:
    """Write the same archive smaller: a backup must be quick to write, this one to fetch."""
    path.unlink(missing_ok=True)
    with zipfile.ZipFile(made) as was, zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as packed:
        for name in was.namelist():
            packed.writestr(name, was.read(name))
    _say(f"{path.stat().st_size / 1e6:.1f} MB written.")


def moment(at: datetime) -> datetime:
    """The moment until which a year is told that is made at another: six o'clock before it."""
    six = at.astimezone(UTC).replace(hour=6, minute=0, second=0, microsecond=0)
    return six if six <= at else six - timedelta(days=1)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    asyncio.run(main(compare="--compare" in sys.argv[1:]))
