"""The workspace: what has to be said once per plugin is said for every plugin."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PLUGINS = sorted(path.parent.name for path in ROOT.glob("plugins/*/pyproject.toml"))


def read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text())


WORKSPACE = read(ROOT / "pyproject.toml")


def needed(plugin: str) -> set[str]:
    """The plugins a plugin names in its pyproject."""
    dependencies = read(ROOT / "plugins" / plugin / "pyproject.toml")["project"]["dependencies"]
    return {name.removeprefix("eyeot-") for name in dependencies} & set(PLUGINS)


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_plugin_is_part_of_the_workspace(plugin: str) -> None:
    name = f"eyeot-{plugin}"

    assert name in WORKSPACE["project"]["dependencies"]
    assert WORKSPACE["tool"]["uv"]["sources"][name] == {"workspace": True}
    assert f"plugins/{plugin}/src" in WORKSPACE["tool"]["mypy"]["mypy_path"]
    assert f"eyeot_{plugin}" in WORKSPACE["tool"]["importlinter"]["root_packages"]


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_plugin_may_import_what_its_pyproject_names_and_nothing_else(plugin: str) -> None:
    contracts = WORKSPACE["tool"]["importlinter"]["contracts"]
    strangers = set(PLUGINS) - needed(plugin) - {plugin}

    (own,) = [one for one in contracts if one.get("source_modules") == [f"eyeot_{plugin}"]]

    assert set(own["forbidden_modules"]) == {"eyeot.*"} | {f"eyeot_{name}" for name in strangers}


def test_core_knows_no_plugin() -> None:
    contracts = WORKSPACE["tool"]["importlinter"]["contracts"]

    (own,) = [one for one in contracts if one.get("source_modules") == ["eyeot"]]

    assert own["forbidden_modules"] == [f"eyeot_{name}" for name in PLUGINS]
