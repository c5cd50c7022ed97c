"""Common: what commands share: an engine for a moment, and answers for people or programs."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import click

from eyeot import app
from eyeot.deploy import database
from eyeot.deploy.settings import load
from eyeot.runtime.engine import Engine

T = TypeVar("T")
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
organisation = click.option("--org", "slug", required=True, help="The organisation's slug.")


def show(value: Any, *, plain: Callable[[Any], str] | None = None, as_json: bool = True) -> None:
    """Print an answer, for a program or a person."""
    if as_json or plain is None:
        click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))
    else:
        click.echo(plain(value))


def with_engine(work: Callable[[Engine], Awaitable[T]]) -> T:
    """Run work on an engine over the deployment's database."""
    settings = load()
    catalogue = app.assemble(settings.modules)

    async def run(urls: database.Urls) -> T:
        async with database.engine(settings, urls, catalogue) as engine:
            return await work(engine)

    with database.running(settings) as urls:
        return asyncio.run(run(urls))


def table(rows: list[dict[str, Any]], columns: list[str]) -> str:
    """Rows in aligned columns."""
    cells = [[str(row.get(name, "")) for name in columns] for row in rows]
    widths = [
        max(len(name), *(len(row[i]) for row in cells)) if cells else len(name)
        for i, name in enumerate(columns)
    ]
    lines = [
        "  ".join(part.ljust(width) for part, width in zip(row, widths, strict=True))
        for row in [columns, *cells]
    ]
    return "\n".join(line.rstrip() for line in lines)
