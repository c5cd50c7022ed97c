"""Command line: `eyeot`, for the operator of a deployment."""

import sys

import click

from eyeot.app import AssemblyError
from eyeot.cli import apps, audit, backup, inspect, licence, manage, module, plugin, serve
from eyeot.declare.problem import Problem
from eyeot.deploy.backup.archive import BackupRefused
from eyeot.deploy.database import Behind
from eyeot.deploy.embedded import EmbeddedRefused
from eyeot.deploy.settings import WrongSettings
from eyeot.storage.pool import UnsafeRole

_REFUSALS = (AssemblyError, BackupRefused, Behind, EmbeddedRefused, UnsafeRole, WrongSettings)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="eyeot-core")
def cli() -> None:
    """Eyeot: the ERP that AI agents can be trusted with."""


for command in (
    *serve.commands,
    *inspect.commands,
    *manage.commands,
    *audit.commands,
    *module.commands,
    *plugin.commands,
    *backup.commands,
    *licence.commands,
    *apps.commands,
):
    cli.add_command(command)


def main() -> None:
    """Run a command; a refusal is told in words and ends with status 1."""
    try:
        cli(standalone_mode=False)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(wrong.exit_code)
    except click.Abort:
        sys.exit(130)
    except Problem as refused:
        told = refused.body()
        click.echo(f"{told['code']}: {told['message']}\n{told['hint']}", err=True)
        sys.exit(1)
    except _REFUSALS as refused:
        click.echo(str(refused), err=True)
        sys.exit(1)
