"""Module: which of the installed modules this deployment uses."""

from typing import Any

import click

from eyeot.cli.common import as_json, show, table, with_engine
from eyeot.deploy import modules
from eyeot.runtime.engine import Engine


@click.group()
def module() -> None:
    """Modules of this deployment, for all its organisations."""


@module.command("list")
@as_json
def module_list(*, as_json: bool) -> None:
    """List the installed modules and whether they are in use."""

    async def work(engine: Engine) -> list[dict[str, Any]]:
        off = await modules.switched_off(engine)
        return [
            {
                "name": one.name,
                "version": one.version,
                "enabled": one.name not in off,
                "needs": " ".join(one.requires),
            }
            for one in engine.installed.plugins
        ]

    show(
        with_engine(work),
        plain=lambda rows: table(rows, ["name", "version", "enabled", "needs"]),
        as_json=as_json,
    )


def _switched(name: str, *, on: bool) -> None:
    async def work(engine: Engine) -> None:
        await modules.switch(engine, name, on=on)

    with_engine(work)
    click.echo(f"{name} is {'enabled' if on else 'disabled'}; running servers follow at once.")


@module.command("enable")
@click.argument("name")
def module_enable(name: str) -> None:
    """Use a module again, with the data it had."""
    _switched(name, on=True)


@module.command("disable")
@click.argument("name")
def module_disable(name: str) -> None:
    """Stop using a module: its actions are refused and not listed, its data stays."""
    _switched(name, on=False)


commands = (module,)
"""What is added to `eyeot`."""
