"""A stranger's plugin: built, installed, used, switched off and taken away like one of our own."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent import agent
from tests.demo import Demo, served
from tests.stranger import ROOT, Environment, run

NAME = "loyalty"


@pytest.fixture(scope="module")
def outside() -> Iterator[Environment]:
    """An environment outside the workspace, with the product."""
    # PostgreSQL, which runs as another user when the tests run as root, must be able to enter.
    folder = Path(tempfile.mkdtemp(prefix="eyeot-stranger-"))
    folder.chmod(0o755)
    yield Environment.made(folder)
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
    assert int(told.split()[0]) >= 90


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
