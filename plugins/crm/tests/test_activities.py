"""Activities and notes: who does what when, what it says of the customer, and who gets to see it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from eyeot.testing import Desk, House

DAY = "crm.activity.my_day"


@pytest.fixture
async def ids(house: House, call: Desk) -> dict[str, str]:
    """A customer of Anne's with a contact and a deal, and one of Boris's."""
    made = {name: await house.person(name, "sales") for name in ("anne", "boris")}
    pipeline = (await call("crm.pipeline.create", name="Ventes", is_default=True))["id"]
    await call("crm.stage.create", pipeline_id=pipeline, name="Contact")
    for name in ("anne", "boris"):
        given = {"name": f"Client de {name}", "owner_id": made[name]}
        made[f"of_{name}"] = (await call("crm.customer.create", **given))["id"]
    person = {"customer_id": made["of_anne"], "first_name": "Jo", "last_name": "Roy"}
    made["jo"] = (await call("crm.contact.create", **person))["id"]
    deal = {"customer_id": made["of_anne"], "amount": {"amount": "9000.00"}}
    made["deal"] = (await call("crm.opportunity.create", name="Four", **deal))["id"]
    return made


@pytest.fixture
async def anne(house: House, ids: dict[str, str]) -> Desk:
    """Anne's own agent."""
    return await house.desk(role="sales", owner="anne")


@pytest.fixture
async def boris(house: House, ids: dict[str, str]) -> Desk:
    """Boris's own agent."""
    return await house.desk(role="sales", owner="boris")


def _at(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


async def _plan(desk: Desk, **given: Any) -> dict[str, Any]:
    return await desk("crm.activity.create", **{"subject": "Rappeler", "due_at": _at(1), **given})


async def test_an_activity_finds_its_customer_and_is_its_makers(
    anne: Desk, ids: dict[str, str]
) -> None:
    for record in (ids["of_anne"], ids["jo"], ids["deal"]):
        made = await _plan(anne, record=record)

        assert (made["customer_id"], made["assignee_id"]) == (ids["of_anne"], ids["anne"])
    assert "customer_id" not in await _plan(anne)


async def test_nobody_plans_about_or_sees_what_is_about_a_record_beyond_their_reach(
    house: House, call: Desk, anne: Desk, boris: Desk, ids: dict[str, str]
) -> None:
    made = await _plan(anne, record=ids["of_anne"])

    assert (await _refused(boris, record=ids["of_anne"]))["code"] == "not_found"
    assert (await boris("crm.activity.list"))["items"] == []
    for verb in ("get", "complete", "cancel"):
        given = {"reason": "x"} if verb == "cancel" else {}
        refusal = await boris.refused(f"crm.activity.{verb}", id=made["id"], **given)
        assert refusal["code"] == "not_found"
    # A task about nothing is one's own, whatever the grant of who asks.
    alone = await _plan(anne)
    assert (await call.refused("crm.activity.get", id=alone["id"]))["code"] == "not_found"
    about_staff = await house.desk("crm:read", "crm:write", owner="anne")
    assert (await _refused(about_staff, record=ids["boris"]))["code"] == "not_found"


async def _refused(desk: Desk, **given: Any) -> dict[str, Any]:
    return await desk.refused("crm.activity.create", subject="Rappeler", **given)


async def test_who_is_given_work_is_told_once_and_who_takes_it_is_not(
    call: Desk, anne: Desk, boris: Desk, ids: dict[str, str]
) -> None:
    own = await _plan(anne, record=ids["of_anne"])
    given = {"id": own["id"], "user_id": ids["boris"]}
    effects = await anne.preview("crm.activity.assign", **given)
    await anne("crm.activity.assign", **given)

    (told,) = (await boris("core.notification.list"))["items"]
    assert (told["record"], told["kind"]) == (own["id"], "crm.activity.assigned")
    assert [one["user_id"] for one in effects["notifications"]] == [ids["boris"]]
    assert (await anne("core.notification.list"))["items"] == []
    # The one it was given to sees it, though not the customer it is about.
    assert (await boris("crm.activity.get", id=own["id"]))["subject"] == "Rappeler"
    assert (await boris.refused("crm.customer.get", id=ids["of_anne"]))["code"] == "not_found"


async def test_finishing_notes_the_last_contact_and_plans_what_follows(
    anne: Desk, ids: dict[str, str]
) -> None:
    made = await _plan(anne, record=ids["deal"], kind="call")
    then = {"subject": "Envoyer le devis", "due_at": _at(3)}

    done = await anne("crm.activity.complete", id=made["id"], outcome="positive", next=then)

    assert (done["status"], done["outcome"]) == ("done", "positive")
    customer = await anne("crm.customer.get", id=ids["of_anne"])
    assert customer["last_contact_at"] == done["closed_at"]
    (following,) = (await anne("crm.activity.list", status="planned"))["items"]
    assert (following["record"], following["subject"]) == (ids["deal"], "Envoyer le devis")
    for verb, more in (
        ("complete", {}),
        ("cancel", {"reason": "x"}),
        ("reschedule", {"due_at": _at(9)}),
        ("assign", {"user_id": ids["boris"]}),
        ("delete", {}),
    ):
        refusal = await anne.refused(f"crm.activity.{verb}", id=made["id"], **more)
        assert refusal["code"] == "state_refused", verb
    late = await anne.refused("crm.activity.update", id=made["id"], due_at=_at(9))
    assert late["code"] == "conflict"


async def test_a_call_that_nobody_answered_and_a_task_are_no_contact(
    anne: Desk, ids: dict[str, str]
) -> None:
    about = {"record": ids["of_anne"]}
    await anne("crm.activity.log_call", **about, outcome="no_answer")
    task = await _plan(anne, **about, kind="task")
    await anne("crm.activity.complete", id=task["id"])

    assert "last_contact_at" not in await anne("crm.customer.get", id=ids["of_anne"])


async def test_an_older_exchange_that_is_logged_late_does_not_hide_a_newer_one(
    anne: Desk, ids: dict[str, str]
) -> None:
    said = {"id": ids["jo"], "kind": "call", "summary": "Budget validé."}
    new = await anne("crm.contact.log_interaction", **said, at=_at(-1))
    await anne("crm.contact.log_interaction", **said, at=_at(-30))

    customer = await anne("crm.customer.get", id=ids["of_anne"])
    assert customer["last_contact_at"] == new["closed_at"]
    future = await anne.refused("crm.contact.log_interaction", **said, at=_at(1))
    assert future["errors"][0]["path"] == "at"


async def test_the_next_step_is_planned_moves_and_ends_with_its_activity(
    anne: Desk, ids: dict[str, str]
) -> None:
    step = {"id": ids["of_anne"], "text": "Contrat d'entretien"}
    await anne("crm.customer.set_next_step", **step, due_at="2027-01-20T10:00:00+01:00")
    (planned,) = (await anne("crm.activity.list", is_next_step=True))["items"]

    later = {"id": planned["id"], "due_at": "2027-01-31T23:30:00Z"}
    await anne("crm.activity.reschedule", **later)
    moved = await anne("crm.customer.get", id=ids["of_anne"])
    await anne("crm.activity.complete", id=planned["id"])
    ended = await anne("crm.customer.get", id=ids["of_anne"])

    assert (moved["next_step"], moved["next_step_on"]) == ("Contrat d'entretien", "2027-02-01")
    assert "next_step" not in ended
    assert "next_step_on" not in ended


async def test_a_day_begins_with_what_is_urgent_then_worth_most_then_latest(
    anne: Desk, ids: dict[str, str]
) -> None:
    given = (
        ("Sans affaire", {"due_at": _at(-3)}),
        ("Affaire", {"record": ids["deal"], "due_at": _at(-0.1)}),
        ("Urgent", {"priority": "high", "due_at": _at(-0.2)}),
        ("Plus tard", {"due_at": _at(3), "priority": "high"}),
    )
    for subject, more in given:
        await _plan(anne, subject=subject, **more)

    told = await anne(DAY)

    assert [one["subject"] for one in told["items"]] == ["Urgent", "Affaire", "Sans affaire"]
    assert told["overdue"] == 3
    assert told["items"][1]["deal_amount"] == "9000.00"
    assert all("is_overdue" in one for one in told["items"])


async def test_another_persons_day_shows_only_what_the_caller_may_read(
    anne: Desk, boris: Desk, ids: dict[str, str]
) -> None:
    await _plan(anne, subject="Privé")
    await _plan(anne, record=ids["of_anne"], due_at=_at(-1))

    assert (await boris(DAY, user_id=ids["anne"]))["items"] == []
    assert (await boris("crm.activity.export_ical", user_id=ids["anne"]))["count"] == 0


async def test_the_calendar_file_is_read_back_as_it_was_planned(
    anne: Desk, ids: dict[str, str]
) -> None:
    subject = "Visite; l'atelier, 2e étage\\ cour\nBEGIN:VEVENT " + "é" * 80
    due = "2027-03-28T01:30:00Z"
    visit = {"kind": "visit", "due_at": due, "duration_min": 45, "location": "Lyon; quai"}
    made = await _plan(anne, subject=subject, **visit)
    await _plan(anne, subject="Tâche", kind="task")

    told = await anne("crm.activity.export_ical")

    read = Calendar.from_ical(told["content"])
    (event,), (todo,) = read.walk("VEVENT"), read.walk("VTODO")
    assert event["uid"] == f"{made['id']}@eyeot"
    assert str(event["summary"]) == subject
    assert event.decoded("dtstart") == datetime.fromisoformat(due)
    assert event.decoded("dtend") - event.decoded("dtstart") == timedelta(minutes=45)
    assert str(todo["summary"]) == "Tâche"
    assert told["count"] == 2
    lines = told["content"].encode().split(b"\r\n")
    assert max(map(len, lines)) <= 75


async def test_exchanges_and_notes_stand_in_the_customers_timeline(
    anne: Desk, ids: dict[str, str]
) -> None:
    said = {"id": ids["jo"], "kind": "meeting", "summary": "Visite de l'atelier"}
    await anne("crm.contact.log_interaction", **said)
    await anne("crm.note.create", record=ids["of_anne"], body="Livrer avant **7 h**")
    await _plan(anne, record=ids["of_anne"])

    asked = {"id": ids["of_anne"], "kinds": ["activity", "note"]}
    told = (await anne("crm.customer.list_timeline", **asked))["items"]

    assert {(one["kind"], one["what"]) for one in told} == {
        ("activity", "meeting"),
        ("note", "written"),
    }


async def test_open_activities_go_over_with_somebodys_work(
    house: House, anne: Desk, ids: dict[str, str]
) -> None:
    planned = await _plan(anne, record=ids["of_anne"])
    done = await anne("crm.activity.log_call", record=ids["of_anne"])

    pair = {"from_user": ids["anne"], "to_user": ids["boris"], "resources": ["crm.activity"]}
    told = (await house.operator.call("core.user.transfer_work", **pair)).result

    assert told["moved"] == {"crm.activity": 1}
    assert (await anne("crm.activity.get", id=planned["id"]))["assignee_id"] == ids["boris"]
    assert (await anne("crm.activity.get", id=done["id"]))["assignee_id"] == ids["anne"]


async def test_nothing_is_left_planned_for_somebody_who_left(
    house: House, call: Desk, anne: Desk, boris: Desk, ids: dict[str, str]
) -> None:
    alone, about = await _plan(anne), await _plan(anne, record=ids["of_anne"])

    leaving = {"id": ids["anne"], "hand_over_to": ids["boris"]}
    await house.operator.call("core.user.deactivate", **leaving)

    mine = (await boris("crm.activity.list", assignee_id=ids["boris"]))["items"]
    assert {one["id"] for one in mine} == {alone["id"], about["id"]}
    told = (await boris("core.notification.list"))["items"]
    assert {one["record"] for one in told} == {alone["id"], about["id"]}


async def test_a_private_note_is_its_authors_alone(
    call: Desk, anne: Desk, ids: dict[str, str]
) -> None:
    given = {"record": ids["of_anne"], "body": "Zqvxkj", "private": True}
    made = await anne("crm.note.create", **given)

    assert (await anne("crm.note.get", id=made["id"]))["author_id"] == ids["anne"]
    for action, more in (("get", {}), ("update", {"private": False}), ("pin", {}), ("delete", {})):
        refusal = await call.refused(f"crm.note.{action}", id=made["id"], **more)
        assert refusal["code"] == "not_found"
    assert (await call("crm.note.list", record=ids["of_anne"]))["items"] == []
    assert (await call("crm.note.search", query="Zqvxkj"))["items"] == []
    asked = {"id": ids["of_anne"], "kinds": ["note"]}
    assert (await call("crm.customer.list_timeline", **asked))["items"] == []
    assert len((await anne("crm.note.search", query="Zqvxkj"))["items"]) == 1


async def test_a_note_is_pinned_and_goes_with_its_record(call: Desk, ids: dict[str, str]) -> None:
    lead = (await call("crm.lead.create", title="Four", company_name="X"))["id"]
    made = await call("crm.note.create", record=lead, body="À suivre")

    assert (await call("crm.note.pin", id=made["id"]))["pinned"] is True
    assert (await call("crm.note.pin", id=made["id"], pinned=False))["pinned"] is False
    mine = await call("crm.note.create", record=ids["of_anne"], body="Ouverte à tous")
    await call("crm.lead.delete", id=lead)

    assert (await call.refused("crm.note.get", id=made["id"]))["code"] == "not_found"
    assert (await call("crm.note.get", id=mine["id"]))["body"] == "Ouverte à tous"


async def test_nobody_shuts_a_colleagues_note_away(
    call: Desk, anne: Desk, ids: dict[str, str]
) -> None:
    made = await anne("crm.note.create", record=ids["of_anne"], body="Ouverte")

    refusal = await call.refused("crm.note.update", id=made["id"], private=True)

    assert refusal["field"] == "private"
