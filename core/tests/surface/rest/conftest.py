"""Fixtures: the REST addresses in front of the shared engine, with clients and a customer."""

from collections.abc import AsyncIterator

import httpx
import pytest

from core.tests.surface.rest.live import BAKERY, client_of, serving
from eyeot.runtime.engine import Engine
from eyeot.testing import Desk


@pytest.fixture(scope="session")
async def address(engine: Engine) -> AsyncIterator[str]:
    async with serving(engine) as found:
        yield found


@pytest.fixture
async def http(address: str, call: Desk) -> AsyncIterator[httpx.AsyncClient]:
    """A client that may do everything in the house."""
    async with client_of(address, call.key) as made:
        yield made


@pytest.fixture
async def anyone(address: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a key."""
    async with client_of(address) as made:
        yield made


@pytest.fixture
async def customer(call: Desk) -> str:
    """A customer of the house."""
    made = await call("crm.customer.create", **BAKERY)
    return str(made["id"])
