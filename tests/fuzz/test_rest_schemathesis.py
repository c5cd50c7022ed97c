"""Schemathesis: thousands of calls after the OpenAPI document, right ones and wrong ones.

By default every verb of some records and one business action in three; `nox -s fuzz` takes all.
"""

import asyncio
import json
import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zlib import crc32

import httpx
import pytest

from core.tests.surface.rest.live import client_of, serving
from eyeot.declare.action import Action
from eyeot.testing import Desk, House
from tests.fuzz.examples import fill
from tests.fuzz.known import KNOWN
from tests.fuzz.stock import Stock

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
    "no_undeclared_member",
)
EXAMPLES = 12
FURNISHED = ("core.", "crm.")
"""The modules of which the stock holds records; of the others most calls name what is not there."""
LEAST_SHARE = 0.6
SETTINGS = """
[[operations]]
include-operation-id-regex = '{pattern}'
[operations.phases.coverage]
enabled = false
"""
SLICE = 3
WHOLE = ("core.tag.", "crm.lead.", "invoicing.invoice.")
"""Records of which every verb is tried: the framework's verbs are written once for all."""
# Lists and counts are written once, for every record, and take a hundred filters each.
REPEATED = r"^(?!crm\.lead\.).*\.(list|count)(\.get)?$"


@pytest.fixture
async def stock(house: House, call: Desk) -> Stock:
    made = Stock(house, call)
    await made.open()
    return made


# What a model says of its own defaults is not the document's matter.
@pytest.mark.filterwarnings("ignore::pydantic.json_schema.PydanticJsonSchemaWarning")
@pytest.mark.timeout(2400)
async def test_the_document_holds_under_fuzzing(
    house: House, call: Desk, stock: Stock, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    async with serving(call.engine) as address, client_of(address, call.key) as client:
        document = (await client.get("/openapi.json", timeout=120)).json()
        # A call with two credentials, one of them wrong, is no call without one.
        document["security"] = [{"bearer": []}]
        del document["components"]["securitySchemes"]["key"]
        if not request.config.getoption("whole_fuzz"):
            _some(document, call.engine.catalogue.actions)
        await fill(document, call.engine.catalogue, stock)

        status, output = await _fuzzed(address, call, document, tmp_path)

        assert status == 0, output
        await _still_works(client)
    tally = json.loads((tmp_path / "tally.json").read_text())
    _report(tally, _operations(document))


async def _fuzzed(
    address: str, desk: Desk, document: dict[str, Any], folder: Path
) -> tuple[int, str]:
    """Run schemathesis in a process of its own, while this one serves."""
    written = folder / "openapi.json"
    written.write_text(json.dumps(document))
    (folder / "schemathesis.toml").write_text(SETTINGS.format(pattern=REPEATED))
    me = await desk("core.session.whoami")
    person = await desk("core.user.get", id=me["actor"]["on_behalf_of"])
    protected = (me["actor"]["credential"], person["id"], person["email"])
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("schemathesis"),
        *("run", str(written), "--url", address, "--header", f"Authorization: Bearer {desk.key}"),
        *("--phases", "examples,coverage,fuzzing", "--checks", ",".join(CHECKS)),
        *("--max-examples", str(EXAMPLES), "--generation-deterministic", "--no-shrink"),
        "--continue-on-failure",
        *("--warnings", "off", "--no-color"),
        cwd=folder,
        env={
            **os.environ,
            "SCHEMATHESIS_HOOKS": str(Path(__file__).with_name("hooks.py")),
            "FUZZ_DOCUMENT": str(written),
            "FUZZ_TALLY": str(folder / "tally.json"),
            "FUZZ_PROTECTED": " ".join(protected),
            "FUZZ_KNOWN": json.dumps(KNOWN),
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode is not None
    return process.returncode, output.decode()


def _some(document: dict[str, Any], actions: Mapping[str, Action]) -> None:
    """Leave the operations of a short run, chosen by name alone: the same ones every time."""
    for path, item in list(document["paths"].items()):
        for method, operation in list(item.items()):
            name = operation["operationId"]
            known = actions.get(name) or actions.get(name.removesuffix(".get"))
            if known is None:
                continue
            taken = known.kind != "generic" and crc32(known.name.encode()) % SLICE == 0
            if not taken and not known.name.startswith(WHOLE):
                del item[method]
        if not item:
            del document["paths"][path]


def _operations(document: dict[str, Any]) -> list[str]:
    items = document["paths"].values()
    return [operation["operationId"] for item in items for operation in item.values()]


async def _still_works(client: httpx.AsyncClient) -> None:
    read = await client.get("/actions/crm.customer.count")
    made = await client.post("/actions/crm.customer.create", json={"name": "Encore là"})
    assert (read.status_code, made.status_code) == (200, 200)


def _report(tally: dict[str, dict[str, int]], operations: list[str]) -> None:
    reached = [name for name, counts in tally.items() if "200" in counts]
    calls = sum(sum(counts.values()) for counts in tally.values())
    missed = sorted(tally.keys() - set(reached))
    told = (
        f"{len(reached)} of {len(operations)} answered with success in {calls} calls; not {missed}"
    )
    logging.getLogger(__name__).info(told)
    furnished = [one for one in operations if one.startswith(FURNISHED)]
    assert len(set(reached) & set(furnished)) >= LEAST_SHARE * len(furnished), told
