"""Notifications: each person's own, told as they wish, never of their own act."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.tests.raw import connected
from eyeot.declare import ids
from eyeot.runtime.notifying import quiet_until
from eyeot.testing import Desk, House
from eyeot.testing.fixtures import TestDatabase

SEND = "core.notification.send"
LIST = "core.notification.list"
TEXT = "Réunion à 14 h"


@pytest.fixture
async def anne(house: House) -> Desk:
    """Anne's own agent."""
    await house.person("anne", "sales")
    return await house.desk(role="sales", owner="anne")


async def test_nobody_sees_another_persons_notification_whatever_the_grant(
    house: House, call: Desk, anne: Desk
) -> None:
    await call(SEND, to=[house.people["anne"]], title=TEXT, body="Salle bleue")
    (told,) = (await anne(LIST))["items"]

    assert told["title"] == TEXT
    assert (await call(LIST))["items"] == []
    assert (await call("core.notification.count"))["count"] == 0
    assert (await call("core.notification.search", query=TEXT))["items"] == []
    assert (await call("core.session.search", query="Salle bleue"))["items"] == []
    for action, given in (
        ("get", {"id": told["id"]}),
        ("mark_read", {"ids": [told["id"]]}),
        ("snooze", {"id": told["id"], "until": "2090-01-01T08:00:00Z"}),
        ("bulk_update", {"items": [{"id": told["id"], "read": True}]}),
    ):
        assert (await call.refused(f"core.notification.{action}", **given))["code"] == "not_found"
    by_anne = await anne("core.notification.search", query="reunion")
    assert [one["id"] for one in by_anne["items"]] == [told["id"]]


async def test_the_activity_log_keeps_that_somebody_was_told_and_not_what(
    house: House, call: Desk, anne: Desk, database: TestDatabase
) -> None:
    answer = await call.answer(SEND, to=[house.people["anne"]], title="Zqvxkj", body="Zqvxkj")

    async with connected(database.admin) as admin:
        text = "SELECT changes::text FROM core_audit_event WHERE id = $1"
        changes = await admin.fetchval(text, answer.event_id)
    assert "core.notification" in changes
    assert "Zqvxkj" not in changes


async def test_nobody_is_told_of_their_own_act_nor_who_may_not_work_here_any_more(
    house: House, call: Desk, anne: Desk
) -> None:
    gone = await house.person("boris", "sales")
    await call("core.user.suspend", id=gone, reason="Départ")
    to = [house.people["anne"], gone]
    found = ids.decode(house.people["anne"])
    assert found
    by_hand = replace(house.operator, user_id=found[1])

    own = await by_hand.call(SEND, dry_run=True, to=to, title=TEXT)
    others = await call.preview(SEND, to=to, title=TEXT)

    assert own.result["recipients"] == 0
    assert own.effects
    assert own.effects["notifications"] == []
    assert own.effects["created"] == []
    assert others["notifications"] == [
        {
            "user_id": house.people["anne"],
            "channels": ["in_app"],
            "kind": "core.notification.sent",
            "title": TEXT,
        }
    ]


async def test_a_person_hears_of_what_their_agent_sends_them_and_senders_who_hears(
    house: House, anne: Desk
) -> None:
    boris = await house.person("boris", "sales")
    his = await house.desk(role="sales", owner="boris")
    await his("core.notification.set_preferences", kinds={"*": []})

    sent = await anne(SEND, to=[house.people["anne"], boris], title=TEXT)

    assert sent["recipients"] == 1
    assert [one["title"] for one in (await anne(LIST))["items"]] == [TEXT]
    assert (await his(LIST))["items"] == []


async def test_a_muted_kind_is_not_told_and_the_others_are(
    house: House, call: Desk, anne: Desk
) -> None:
    to = [house.people["anne"]]
    await anne("core.notification.set_preferences", kinds={"core.notification.sent": []})
    await call(SEND, to=to, title="Muette")
    await anne(
        "core.notification.set_preferences", kinds={"*": [], "core.notification.sent": ["in_app"]}
    )
    await call(SEND, to=to, title="Dite")

    assert [one["title"] for one in (await anne(LIST))["items"]] == ["Dite"]
    wrong = await anne.refused("core.notification.set_preferences", kinds={"nothing": []})
    assert wrong["errors"][0]["path"] == "kinds"


async def test_what_is_snoozed_is_hidden_until_its_time_and_found_when_asked_for(
    house: House, call: Desk, anne: Desk
) -> None:
    for title in ("Une", "Deux"):
        await call(SEND, to=[house.people["anne"]], title=title)
    one, two = (await anne(LIST))["items"]
    await anne("core.notification.snooze", id=one["id"], until="2090-01-01T08:00:00Z")

    assert [row["id"] for row in (await anne(LIST))["items"]] == [two["id"]]
    assert (await anne("core.notification.count"))["count"] == 1
    hidden = await anne(LIST, snoozed_until_is_set=True)
    assert [row["id"] for row in hidden["items"]] == [one["id"]]
    assert (await anne("core.notification.mark_all_read"))["changed"] == 1
    assert (await anne("core.notification.get", id=one["id"])).get("read_at") is None
    past = {"id": one["id"], "until": "2020-01-01T08:00:00Z"}
    assert (await anne.refused("core.notification.snooze", **past))["errors"][0]["path"] == "until"


async def test_a_row_that_is_refused_keeps_the_others_from_changing(
    house: House, call: Desk, anne: Desk
) -> None:
    await call(SEND, to=[house.people["anne"]], title="Une")
    (one,) = (await anne(LIST))["items"]

    rows = [
        {"id": one["id"], "read": True},
        {"id": one["id"], "snoozed_until": "2090-01-01T00:00Z"},
    ]
    refusal = await anne.refused("core.notification.bulk_update", items=rows)

    assert refusal["code"] == "conflict"
    assert (await anne("core.notification.get", id=one["id"])).get("read_at") is None


async def test_a_team_is_told_each_member_once(house: House, call: Desk, anne: Desk) -> None:
    boris = await house.person("boris", "sales")
    team = (await house.operator.call("core.team.create", name="Lyon")).result["id"]
    for user in (house.people["anne"], boris):
        await house.operator.call("core.team.add_member", id=team, user_id=user)

    effects = await call.preview(SEND, to=[boris], team_id=team, title=TEXT)

    told = sorted(one["user_id"] for one in effects["notifications"])
    assert told == sorted([boris, house.people["anne"]])
    assert (await call.refused(SEND, title=TEXT))["errors"][0]["path"] == "to"


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-10-24T21:00:00Z", "2026-10-25T07:00:00Z"),
        ("2026-10-25T05:00:00Z", "2026-10-25T07:00:00Z"),
        ("2026-10-25T07:00:00Z", None),
        ("2026-07-01T16:59:00Z", None),
        ("2026-07-01T17:00:00Z", "2026-07-02T06:00:00Z"),
    ],
)
def test_quiet_hours_run_over_midnight_and_over_the_change_of_clocks(
    now: str, until: str | None
) -> None:
    at = datetime.fromisoformat(now)

    found = quiet_until(at, "Europe/Paris", "19:00", "08:00")

    assert found == (datetime.fromisoformat(until) if until else None)


async def test_news_in_quiet_hours_wait_for_their_end(house: House, call: Desk, anne: Desk) -> None:
    now = house.engine.clock().astimezone(UTC)
    local = (now + timedelta(hours=12)).strftime("%H:%M")
    hours = {"quiet_from": (now - timedelta(hours=6)).strftime("%H:%M"), "quiet_to": local}
    await anne("core.notification.set_preferences", **hours)

    await call(SEND, to=[house.people["anne"]], title=TEXT)

    assert (await anne(LIST))["items"] == []
    assert len((await anne(LIST, snoozed_until_is_set=True))["items"]) == 1
    await anne("core.notification.set_preferences", clear_quiet_hours=True)
    await call(SEND, to=[house.people["anne"]], title=TEXT)
    assert len((await anne(LIST))["items"]) == 1
