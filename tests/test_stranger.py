"""A stranger's plugin: built, installed, used, switched off and taken away like one of our own."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from eyeot.deploy.embedded import EmbeddedPostgres
from eyeot.testing.contract import REQUIREMENTS
from tests.agent import agent
from tests.demo import Demo, served
from tests.page import files
from tests.stranger import ROOT, Environment, run

NAME = "loyalty"
UPGRADE = """
import asyncio, sys
from eyeot import app
from eyeot.deploy import migrate
others = [one for one in app.load_plugins()[0] if one.name != "warranty"]
asyncio.run(migrate.upgrade(sys.argv[1], others))
"""
"""Brings a database to the heads of whatever else is installed."""


@pytest.fixture(scope="module")
def outside() -> Iterator[Environment]:
    """An environment outside the workspace, with the product."""
    # PostgreSQL, which runs as another user when the tests run as root, must be able to enter.
    folder = Path(tempfile.mkdtemp(prefix="eyeot-stranger-"))
    folder.chmod(0o755)
    yield Environment.made(folder, "plugins/crm")
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def acme(outside: Environment) -> Iterator[Path]:
    """The loyalty plugin, copied out of the workspace, built and installed."""
    source = outside.folder / "acme_loyalty"
    shutil.copytree(ROOT / "tests" / "acme_loyalty", source)
    outside.install(outside.build(source))
    yield source
    outside.remove("acme-loyalty")
    left = outside.told("actions", "--json")
    assert not [one for one in left if one["module"] == NAME]


def test_it_passes_its_own_tests_and_the_contract(outside: Environment, acme: Path) -> None:
    told = outside.test(acme)

    assert "failed" not in told
    assert "skipped" not in told
    assert int(told.split()[0]) >= 80


def test_it_is_listed_with_its_wrap_and_its_reactions(outside: Environment, acme: Path) -> None:
    told = outside.told("plugins", "--json")

    assert {"action": "crm.customer.archive", "plugin": NAME} in told["wraps"]
    assert {one["when"] for one in told["reactions"] if "acme" in one["reaction"]} == {
        "within",
        "after",
    }
    assert not told["failures"]


@pytest.fixture(scope="module")
def shop(outside: Environment, acme: Path) -> Iterator[Demo]:
    """The demo company, served with the plugin."""
    with served((outside.eyeot, "serve", "--demo")) as running:
        yield running


async def _traces(shop: Demo) -> set[str]:
    """Where the plugin shows to an agent that connects now: tools, help, instructions."""
    async with agent(shop, "auto") as one:
        listed = {tool.name for tool in (await one.client.list_tools()).tools}
        found = {
            "tools": "loyalty_points" in listed,
            "help": "loyalty.account"
            in repr(await one.tool("eyeot_help", query="adjust loyalty points")),
            "instructions": "loyalty" in str(one.client.instructions),
        }
        return {where for where, shows in found.items() if shows}


async def _points(shop: Demo) -> int:
    async with agent(shop, "auto") as one:
        told = await one.tool("loyalty_points", id="L-00001")
        return int(told["points"])


async def _refused(shop: Demo) -> str:
    async with agent(shop, "auto") as one:
        arguments = {"id": "L-00001"}
        told = await one.refusal("eyeot_read", action="loyalty.account.get", arguments=arguments)
        return str(told["code"])


async def test_an_agent_uses_it_until_it_is_switched_off(outside: Environment, shop: Demo) -> None:
    def do(*command: str) -> None:
        run(outside.eyeot, *command, also={"EYEOT_DATA_DIR": str(shop.data_dir)})

    everywhere = {"tools", "help", "instructions"}
    assert await _traces(shop) == everywhere
    async with agent(shop, "auto") as one:
        account = await one.tool("loyalty_points", id="L-00001")
        given = {"id": account["id"], "points": 30, "reason": "Parrainage"}
        assert (await one.do("loyalty.account.adjust", **given))["points"] == 30

    do("call", "--org", "demo", "core.module.disable", '{"id": "loyalty"}')
    # What is said to everybody, before anyone signs in, is the deployment's.
    assert await _traces(shop) == {"instructions"}
    assert await _refused(shop) == "module_disabled"
    do("call", "--org", "demo", "core.module.enable", '{"id": "loyalty"}')
    assert await _traces(shop) == everywhere

    do("module", "disable", NAME)
    assert await _traces(shop) == set()
    assert await _refused(shop) == "module_disabled"
    do("module", "enable", NAME)
    assert await _traces(shop) == everywhere
    assert await _points(shop) == 30


def test_a_deployment_that_does_not_name_it_knows_nothing_of_it(
    outside: Environment, acme: Path
) -> None:
    told = outside.told("actions", "--json", also={"EYEOT_MODULES": "crm"})

    assert {one["module"] for one in told} == {"core", "crm"}


@pytest.fixture(scope="module")
def begun(outside: Environment) -> Path:
    """A module as `eyeot plugin new` begins it."""
    place = outside.folder / "eyeot-warranty"
    run(outside.eyeot, "plugin", "new", "warranty", "--dir", str(place))
    return place


def test_a_new_plugin_is_clean_and_keeps_the_contract(outside: Environment, begun: Path) -> None:
    tool = Path(sys.executable)
    run(str(tool.with_name("ruff")), "check", ".", cwd=begun)
    run(str(tool.with_name("ruff")), "format", "--check", ".", cwd=begun)
    run(str(tool.with_name("mypy")), "--python-executable", str(tool), "src", "tests", cwd=begun)

    outside.install(outside.build(begun))
    told = outside.test(begun)
    outside.remove("eyeot-warranty")

    assert "failed" not in told
    assert int(told.split()[0]) >= 80


def test_a_new_plugin_needs_nothing_but_the_core(tmp_path_factory: pytest.TempPathFactory) -> None:
    alone = Environment.made(tmp_path_factory.mktemp("alone"))
    place = alone.folder / "eyeot-warranty"
    run(alone.eyeot, "plugin", "new", "warranty", "--dir", str(place))

    alone.install(alone.build(place))
    told = alone.test(place)

    assert {one["name"] for one in alone.told("plugins", "--json")["plugins"]} == {
        "core",
        "warranty",
    }
    assert "failed" not in told
    assert "skipped" not in told
    assert int(told.split()[0]) >= 80


def test_the_page_on_plugins_makes_one_that_keeps_the_contract(
    outside: Environment, begun: Path
) -> None:
    first = begun / "src/eyeot_warranty/migrations/warranty_0001_first_tables.py"
    for path in (begun / "src/eyeot_warranty/items.py", begun / "tests/test_items.py", first):
        path.unlink()
    for name, text in files(ROOT / "docs" / "plugins.md").items():
        (begun / name).write_text(text, encoding="utf-8")
    # As the page says, installed so that the revision is written into the project itself.
    outside.install("--editable", str(begun))
    try:
        with EmbeddedPostgres(outside.folder / "data", durable=False) as server:
            run(str(outside.python), "-c", UPGRADE, server.admin_url)
            also = {"EYEOT_DATABASE_ADMIN_URL": server.admin_url}
            revise = ("-m", "eyeot.deploy.revise", "warranty", "first tables")
            run(str(outside.python), *revise, also=also)
        told = outside.test(begun)
    finally:
        outside.remove("eyeot-warranty")

    assert first.exists()
    assert "failed" not in told
    assert int(told.split()[0]) >= 110


def test_the_page_tells_every_requirement() -> None:
    page = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")

    assert [one.id for one in REQUIREMENTS if f"| `{one.id}` | {one.sentence} |" not in page] == []
