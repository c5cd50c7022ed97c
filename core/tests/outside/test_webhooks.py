"""Webhooks: signed, in order, at least once, and never more than their maker may know."""

from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook

from core.tests.outside.conftest import Clock, Hooks
from core.tests.outside.receiver import Got, answer
from eyeot.declare.problem import Invalid
from eyeot.platform.jobs import occurrence
from eyeot.runtime.hooks.signing import headers
from eyeot.runtime.relay import Relay
from eyeot.runtime.repeating import ATTEMPTS
from eyeot.runtime.worker import Worker
from eyeot.testing import House

CREATED, UPDATED = "core.team.created", "core.team.updated"
CREATE = "core.webhook_endpoint.create"


def _verified(one: Got, secret: str) -> Any:
    """What the reference library makes of it."""
    return Webhook(secret).verify(one.body, one.headers)


def test_the_reference_librarys_own_vector_is_signed_alike() -> None:
    """The test vector of the Standard Webhooks libraries."""
    secret, content = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", '{"test": 2432232314}'
    at = datetime.fromtimestamp(1614265330, UTC)
    made = headers("msg_p5jXN8AQM9LWM0D4loKWxJek", at, content.encode(), [secret])  # type: ignore[arg-type]

    assert made["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert made["webhook-signature"] == Webhook(secret).sign(made["webhook-id"], at, content)


async def test_an_event_arrives_once_signed_as_the_reference_library_wants_it(hooks: Hooks) -> None:
    made = await hooks.endpoint()
    team = await hooks.team()
    await hooks.deliver()
    await hooks.deliver()

    (one,) = hooks.receiver.got
    told = _verified(one, made["secret"])
    assert told["type"] == CREATED
    assert told["data"] == {"kind": "core.team", "id": team, "what": "created"}
    (row,) = await hooks.deliveries()
    assert (row["status"], row["attempt"], row["http_status"]) == ("delivered", 1, 200)
    assert (row["event_id"], row["answer"]) == (one.id, "thanks")
    outbox = "SELECT event FROM core_outbox WHERE id = $1"
    assert [found["event"] for found in await hooks.raw(outbox, row["event_id"])] == [CREATED]


async def test_a_secret_is_shown_once_and_readable_nowhere_at_rest(hooks: Hooks) -> None:
    made = await hooks.endpoint(headers={"X-Token": "zqvxkj-token"})
    id = made["id"]
    rotated = await hooks.house.operator.call("core.webhook_endpoint.rotate_secret", id=id)
    seen = str(await hooks.desk("core.webhook_endpoint.get", id=id))
    seen += str(await hooks.desk("core.webhook_endpoint.history", id=id))
    for table in ("core_webhook_endpoint", "core_audit_event", "core_outbox", "core_search_entry"):
        rows = await hooks.raw(
            f"SELECT t::text AS row FROM {table} t WHERE org_id = $1", hooks.house.org_id
        )
        seen += "".join(row["row"] for row in rows)

    for secret in (made["secret"], rotated.result["secret"], "zqvxkj-token"):
        assert secret not in seen
        assert secret.removeprefix("whsec_") not in seen
    dry = await hooks.house.operator.call(
        CREATE, dry_run=True, url="https://a.example/", events=["core.team.*"]
    )
    assert "secret" not in dry.result


async def test_both_secrets_sign_for_the_overlap_and_then_the_new_one_alone(
    hooks: Hooks, clock: Clock
) -> None:
    made = await hooks.endpoint(headers={"X-Token": "one"})
    given = {"id": made["id"], "overlap_hours": 2}
    rotated = (
        await hooks.house.operator.call("core.webhook_endpoint.rotate_secret", **given)
    ).result
    await hooks.team()
    await hooks.deliver()

    (one,) = hooks.receiver.got
    assert one.headers["x-token"] == "one"
    assert _verified(one, made["secret"]) == _verified(one, rotated["secret"])
    clock.passes(hours=3)
    await hooks.team("Sud")
    await hooks.deliver()
    signed = hooks.receiver.got[1].headers["webhook-signature"]
    assert len(signed.split()) == 1


async def test_events_of_a_record_arrive_in_order_while_others_overtake(
    hooks: Hooks, clock: Clock
) -> None:
    await hooks.endpoint()
    first = await hooks.team("Nord")
    hooks.receiver.answers = lambda _: answer(500)
    await hooks.deliver()
    await hooks.rename(first, "Nord 2", "Nord 3")
    other = await hooks.team("Sud")
    hooks.receiver.got.clear()
    hooks.receiver.answers = lambda _: answer(204)
    await hooks.deliver()

    assert [one.told["data"]["id"] for one in hooks.receiver.got] == [other]
    clock.passes(seconds=10)
    await hooks.deliver()
    mine = [one.told for one in hooks.receiver.got if one.told["data"]["id"] == first]
    assert [one["type"] for one in mine] == [CREATED, UPDATED, UPDATED]
    assert all("after_gap" not in one for one in mine)


async def test_what_is_given_up_blocks_nothing_and_what_comes_later_says_so(
    hooks: Hooks, clock: Clock
) -> None:
    await hooks.endpoint()
    hooks.receiver.answers = lambda one: answer(500 if one.told["type"] == CREATED else 200)
    team = await hooks.team()
    await hooks.rename(team, "Sud")
    for _ in range(ATTEMPTS):
        await hooks.deliver()
        clock.passes(hours=30)
    await hooks.deliver()

    dead, later = await hooks.deliveries()
    assert (dead["status"], dead["attempt"]) == ("dead", ATTEMPTS)
    assert [one["http_status"] for one in dead["attempts"]] == [500] * ATTEMPTS
    ids = {one.id for one in hooks.receiver.got if one.told["type"] == CREATED}
    assert ids == {dead["event_id"]}
    assert later["status"] == "queued"
    endpoint = (await hooks.desk("core.webhook_endpoint.list"))["items"][0]
    assert endpoint["status"] == "disabled"

    await hooks.house.operator.call("core.webhook_endpoint.resume", id=endpoint["id"])
    await hooks.deliver()
    assert hooks.receiver.got[-1].told["after_gap"] is True
    hooks.receiver.answers = lambda _: answer(200)
    await hooks.desk("core.webhook_delivery.redeliver", id=dead["id"])
    await hooks.rename(team, "Est")
    await hooks.deliver()
    assert [one.told.get("after_gap") for one in hooks.receiver.got[-2:]] == [None, None]
    assert hooks.receiver.got[-2].id == dead["event_id"]


async def test_an_endpoint_that_takes_others_is_not_given_up(hooks: Hooks, clock: Clock) -> None:
    await hooks.endpoint()
    fine, poison = await hooks.team("Nord"), await hooks.team("Sud")
    hooks.receiver.answers = lambda one: answer(500 if one.told["data"]["id"] == poison else 200)
    for at in range(ATTEMPTS):
        await hooks.rename(fine, f"Nord {at}")
        await hooks.deliver()
        clock.passes(hours=30)

    states = [one["status"] for one in await hooks.deliveries()]
    assert sorted(set(states)) == ["dead", "delivered"]
    endpoint = (await hooks.desk("core.webhook_endpoint.list"))["items"][0]
    assert endpoint["status"] == "active"


async def test_a_receiver_that_is_gone_is_told_nothing_more_and_its_maker_hears_of_it(
    hooks: Hooks,
) -> None:
    made = await hooks.endpoint()
    boris = await hooks.house.person("boris", "admin")
    await hooks.raw(
        "UPDATE core_webhook_endpoint SET created_by = (SELECT id FROM core_user WHERE email LIKE 'boris@%'"
        " AND org_id = $1) WHERE org_id = $1",
        hooks.house.org_id,
    )
    hooks.receiver.answers = lambda _: answer(410)
    await hooks.team()
    await hooks.deliver()

    assert (await hooks.desk("core.webhook_endpoint.get", id=made["id"]))["status"] == "disabled"
    told = await (await hooks.house.desk(role="admin", owner="boris"))("core.notification.list")
    assert [one["kind"] for one in told["items"]] == ["core.webhook_endpoint.disabled"]
    events = await hooks.house.operator.call(
        "core.audit_event.list", action="core.webhook_endpoint.disabled"
    )
    assert [one["actor"] for one in events.result["items"]] == ["webhooks"]
    assert boris


async def test_a_paused_endpoint_gets_what_waited_in_order_and_a_sample_meanwhile(
    hooks: Hooks,
) -> None:
    made = await hooks.endpoint()
    await hooks.desk("core.webhook_endpoint.pause", id=made["id"])
    team = await hooks.team()
    await hooks.rename(team, "Sud", "Est")
    trial = await hooks.desk(
        "core.webhook_endpoint.test", endpoint_id=made["id"], event_type=UPDATED
    )
    await hooks.deliver()

    (sample,) = hooks.receiver.got
    assert _verified(sample, made["secret"])["test"] is True
    told = await hooks.desk("core.webhook_delivery.get", id=trial["id"])
    assert (told["status"], told["answer"]) == ("delivered", "thanks")
    refused = await hooks.desk.refused("core.webhook_endpoint.resume", id=made["id"])
    assert refused["code"] == "human_required"
    await hooks.house.operator.call("core.webhook_endpoint.resume", id=made["id"])
    await hooks.deliver()
    assert hooks.receiver.types[1:] == [CREATED, UPDATED, UPDATED]


async def test_dead_letters_of_a_period_are_sent_again_in_order_by_a_job(
    hooks: Hooks, clock: Clock
) -> None:
    made = await hooks.endpoint()
    team = await hooks.team()
    await hooks.rename(team, "Sud", "Est")
    relay = Relay(hooks.house.engine)
    while await relay.work():
        pass
    await hooks.raw("UPDATE core_webhook_delivery SET status = 'dead', attempt = 10")
    early = {"endpoint_id": made["id"], "until": "2020-01-01T00:00:00Z"}
    none = await hooks.desk("core.webhook_delivery.redeliver_failed", **early)
    begun = await hooks.desk("core.webhook_delivery.redeliver_failed", endpoint_id=made["id"])
    assert (none["total"], begun["total"]) == (0, 3)
    await Worker(hooks.house.engine, occurrence).drain()
    job = await hooks.desk("core.job.get", id=begun["job_id"])
    await hooks.deliver()

    assert job["result"] == {"count": 3}
    assert hooks.receiver.types == [CREATED, UPDATED, UPDATED]


async def test_an_endpoint_is_told_only_of_modules_that_its_maker_reads(
    hooks: Hooks, house: House
) -> None:
    await house.person("carla", "owner")
    poor = await house.desk("core:admin", "core:read", owner="carla")
    given: dict[str, Any] = {"url": hooks.receiver.url(), "events": ["crm.*"]}
    with pytest.raises(Invalid, match="may not read"):
        await poor.answer(CREATE, surface="console", **given)
    made = (
        await poor.answer(CREATE, surface="console", url=hooks.receiver.url(), events=["*"])
    ).result
    assert made["modules"] == ["core"]

    await hooks.desk("crm.lead.create", title="Boulangerie", email="a@b.example")
    await hooks.desk("core.notification.send", to=[house.people["carla"]], title="Secret de Carla")
    await hooks.team()
    await hooks.deliver()
    assert CREATED in hooks.receiver.types
    assert not [one for one in hooks.receiver.types if not one.startswith("core.")]
    assert not [one for one in hooks.receiver.types if one.startswith("core.notification.")]
    assert b"Secret de Carla" not in b"".join(one.body for one in hooks.receiver.got)


@pytest.mark.parametrize(
    "events", [[], ["nothing.at.all"], ["core.te*"], ["core.*.created"], ["*.created"], ["**"]]
)
async def test_events_that_do_not_exist_are_refused(hooks: Hooks, events: list[str]) -> None:
    with pytest.raises(Invalid):
        await hooks.house.operator.call(CREATE, url=hooks.receiver.url(), events=events)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "a.example"},
        {"webhook-signature": "v1,x"},
        {"X-A": "b\r\nX-C: d"},
        {"X A": "b"},
        {"Content-Length": "0"},
        {"X-A": "é"},
    ],
)
async def test_headers_that_would_change_the_message_are_refused(
    hooks: Hooks, headers: dict[str, str]
) -> None:
    with pytest.raises(Invalid):
        await hooks.endpoint(headers=headers)


async def test_an_address_inside_is_refused_when_it_is_written_and_when_it_is_called(
    hooks: Hooks,
) -> None:
    made = await hooks.endpoint()
    for url in ("https://10.0.0.1/", "https://169.254.169.254/", "https://[::1]/"):
        with pytest.raises(Invalid, match="never called"):
            await hooks.endpoint(url=url)
    await hooks.raw(
        "UPDATE core_webhook_endpoint SET url = 'https://10.0.0.1/' WHERE org_id = $1",
        hooks.house.org_id,
    )
    await hooks.team()
    await hooks.deliver()
    (row,) = await hooks.deliveries(endpoint_id=made["id"])
    assert row["status"] == "failed"
    assert row["error"].startswith("not called")
