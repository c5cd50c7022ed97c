"""Plugin: begins a module of one's own."""

import re
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path

import click

from eyeot.app import GROUP
from eyeot.runtime.guards.resolve import KNOWN_MODULES

_NAME = re.compile(r"[a-z][a-z0-9]{2,29}")
_FILES = {
    "pyproject.toml": "pyproject.toml.txt",
    "README.md": "README.md.txt",
    "src/eyeot_{name}/__init__.py": "__init__.py.txt",
    "src/eyeot_{name}/items.py": "items.py.txt",
    "src/eyeot_{name}/migrations/{name}_0001_first_tables.py": "migration.py.txt",
    "tests/test_contract.py": "test_contract.py.txt",
    "tests/test_items.py": "test_items.py.txt",
}
"""Where each file of the package goes, and what it is made from."""
_EMPTY = ("src/eyeot_{name}/py.typed", "src/eyeot_{name}/migrations/__init__.py")


@click.group()
def plugin() -> None:
    """Modules of your own."""


@plugin.command("new")
@click.argument("name")
@click.option(
    "--dir",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the package goes; ./eyeot-NAME unless told otherwise.",
)
def plugin_new(name: str, folder: Path | None) -> None:
    """Begin a module: a package with a record, an action, its table and its tests."""
    if not _NAME.fullmatch(name):
        raise click.UsageError("A name is 3 to 30 small letters and digits, e.g. warranty.")
    if name in _taken():
        raise click.UsageError(f"A module {name} is there already; give another name.")
    place = folder or Path(f"eyeot-{name}")
    if place.exists() and any(place.iterdir()):
        raise click.UsageError(f"{place} is not empty; give another --dir.")
    for path, text in written(name).items():
        target = place / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    click.echo(f"{place} holds the module {name}. Go on with its README.md.")


def _taken() -> set[str]:
    """The names of modules that are installed, or that this product keeps for its own."""
    return {"core", *KNOWN_MODULES, *(point.name for point in entry_points(group=GROUP))}


def written(name: str) -> dict[str, str]:
    """The files of a new module."""
    told = {"@name@": name, "@Name@": name.capitalize(), "@prefix@": f"{name[:4]}i"}
    folder = files("eyeot.cli") / "skeleton"
    made = {path.format(name=name): "" for path in _EMPTY}
    for path, source in _FILES.items():
        text = (folder / source).read_text(encoding="utf-8")
        for mark, value in told.items():
            text = text.replace(mark, value)
        made[path.format(name=name)] = text
    return made


commands = (plugin,)
"""What is added to `eyeot`."""
