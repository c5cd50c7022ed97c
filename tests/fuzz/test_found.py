"""Found: what fuzzing brought to light, each with the smallest call that shows it."""

from collections.abc import AsyncIterator

import httpx
import pytest

from core.tests.surface.rest.live import client_of, serving
from eyeot.testing import Desk


@pytest.fixture
async def http(call: Desk) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(call.engine) as address, client_of(address, call.key) as made:
        yield made


async def test_a_period_beyond_the_calendar_is_422(http: httpx.AsyncClient, call: Desk) -> None:
    key = (await call("core.session.whoami"))["actor"]["credential"]

    answer = await http.get(f"/actions/core.api_key.usage?id={key}&days=1000000000000")

    assert answer.status_code == 422


async def test_a_lead_without_a_person_is_converted(http: httpx.AsyncClient, call: Desk) -> None:
    lead = await call("crm.lead.create", title="Four", company_name="Le Fournil")
    await call("crm.lead.qualify", id=lead["id"])

    arguments = {"id": lead["id"], "with_opportunity": False}
    answer = await http.post("/actions/crm.lead.convert", json=arguments)

    assert answer.status_code == 200


async def test_an_added_address_is_answered_as_one_given_at_first(
    http: httpx.AsyncClient, call: Desk
) -> None:
    party = await call("crm.party.create", name="Le Fournil")
    address = {"line1": "3 quai de Saône", "city": "Lyon"}

    arguments = {"id": party["id"], "address": address}
    answer = await http.post("/actions/crm.party.add_address", json=arguments)

    assert None not in answer.json()["addresses"][0].values()


@pytest.mark.parametrize("amount", ["1e1000000", "-1e1000000"])
async def test_an_amount_beyond_all_money_is_422(http: httpx.AsyncClient, amount: str) -> None:
    customer = {"name": "Le Fournil", "annual_revenue": {"amount": amount}}

    answer = await http.post("/actions/crm.customer.create", json=customer)

    assert answer.status_code == 422


@pytest.mark.parametrize("action", ["crm.customer.create", "crm.customer.list"])
async def test_a_version_that_nothing_checks_is_422(http: httpx.AsyncClient, action: str) -> None:
    given = {"expected_version": 77, **({"name": "x"} if action.endswith("create") else {})}

    answer = await http.post(f"/actions/{action}", json=given)

    assert answer.status_code == 422


async def test_audit_events_are_counted(http: httpx.AsyncClient) -> None:
    answer = await http.get("/actions/core.audit_event.count")

    assert answer.status_code == 200
