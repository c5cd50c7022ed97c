"""Repair: what can only mean one thing is put right and said; the rest is refused with a way out."""

import random
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from eyeot.app import assemble
from eyeot.declare import ids
from eyeot.declare.access import Access, Reach
from eyeot.declare.action import RESERVED, Action
from eyeot.declare.problem import Invalid
from eyeot.declare.record import records
from eyeot.runtime.catalogue import Catalogue
from eyeot.surface.mcp.correct import corrected
from eyeot.surface.mcp.order import Order
from eyeot.surface.mcp.repair import Repairs, repaired

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ROUNDS = 6


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """Everything installed."""
    return assemble()


def resolved(value: Any) -> Any:
    """An example with made-up identifiers of the right kind."""
    if isinstance(value, list):
        return [resolved(one) for one in value]
    if isinstance(value, dict):
        return {name: resolved(one) for name, one in value.items()}
    if isinstance(value, str) and value.startswith("$") and "." in value:
        kind = value.lstrip("$*").partition("?")[0]
        if kind not in records:
            return value
        made = ids.encode(records[kind].meta.prefix, ids.uuid7(NOW))
        return [made] if value.startswith("$*") else made
    return value


def parsed(action: Action, arguments: dict[str, Any]) -> Any:
    """What the action understands; None when it refuses."""
    own = {n: v for n, v in arguments.items() if n not in RESERVED - action.reserved}
    try:
        return action.input.model_validate(own)
    except ValidationError:
        return None


def examples(catalogue: Catalogue) -> Iterator[tuple[Action, dict[str, Any]]]:
    """Every action with arguments that it takes."""
    for action in catalogue.actions.values():
        for example in action.examples:
            arguments = resolved(example)
            if parsed(action, arguments) is not None:
                yield action, arguments


def test_a_call_in_order_is_never_changed(catalogue: Catalogue) -> None:
    tried = 0
    for action, arguments in examples(catalogue):
        assert repaired(action, arguments) == (arguments, []), action.name
        tried += 1

    assert tried > 200


def mangled(value: Any, dice: random.Random) -> Any:
    """The same said as people and models say it."""
    if isinstance(value, bool):
        return dice.choice(["oui" if value else "non", str(value), [value]])
    if isinstance(value, int):
        return dice.choice([f"{value:,}".replace(",", " "), str(value), float(value)])
    if isinstance(value, dict) and set(value) == {"amount", "currency"}:
        amount = f"{value['amount']}".replace(".", ",")
        return dice.choice([f"{amount} {value['currency']}", orjson.dumps(value).decode()])
    if isinstance(value, dict) and "$ref" not in value:
        return orjson.dumps(value).decode()
    if isinstance(value, list):
        return value[0] if len(value) == 1 else orjson.dumps(value).decode()
    if isinstance(value, str) and len(value) == 10 and value[4:8:3] == "--":
        year, month, day = value.split("-")
        return dice.choice(
            [f"{day}/{month}/{year}", f"{day}.{month}.{year}", f"{year}/{month}/{day}"]
        )
    return value


def styled(name: str, dice: random.Random) -> str:
    """The same name in another style."""
    head, *rest = name.split("_")
    return dice.choice(
        [name, name.upper(), name.replace("_", "-"), head + "".join(map(str.title, rest))]
    )


def test_a_mangled_call_is_put_right_or_refused_with_one_that_works(catalogue: Catalogue) -> None:
    dice = random.Random(8)
    put_right = refused = 0
    for action, arguments in examples(catalogue):
        for _ in range(ROUNDS):
            given = {styled(n, dice): mangled(v, dice) for n, v in arguments.items()}
            made, notes = repaired(action, given)
            if (found := parsed(action, made)) is not None:
                assert found == parsed(action, arguments), (action.name, given, made)
                assert notes or parsed(action, given) == found
                put_right += 1
                continue
            refused += 1
            judge(catalogue, action, made, arguments)

    assert refused <= put_right * 0.02


def told(catalogue: Catalogue, action: Action, given: dict[str, Any], *paths: str) -> Any:
    """The arguments of the corrected call: refused at these paths, or where the model refuses."""
    desk: Any = SimpleNamespace(engine=SimpleNamespace(catalogue=catalogue))
    access = Access(dict.fromkeys(catalogue.actions, Reach.ORGANISATION))
    before = deepcopy(given)
    problem = Invalid(
        errors=[{"path": path, "reason": "no"} for path in paths or wrong(action, given)]
    )
    call = corrected(desk, Order("eyeot_call", action.name, given), problem, access).get("call")
    assert given == before
    if call is None:
        return None
    assert (call["tool"], call["arguments"]["action"]) == ("eyeot_call", action.name)
    return call["arguments"]["arguments"]


def wrong(action: Action, arguments: dict[str, Any]) -> list[str]:
    """Where these arguments are refused."""
    try:
        action.input.model_validate(arguments)
    except ValidationError as error:
        return [".".join(map(str, one["loc"])) for one in error.errors()]
    raise AssertionError(arguments)


def judge(
    catalogue: Catalogue, action: Action, given: dict[str, Any], meant: dict[str, Any]
) -> None:
    """The corrected call invents nothing, and is taken once its placeholders are filled in."""
    call = told(catalogue, action, given)
    assert call is not None, (action.name, given)
    # An object is left empty where all that was in it is known to nobody.
    invented = [one for one in leaves(call) if one not in [*leaves(given), {}]]
    assert all(isinstance(one, str) and one[:1] == "<" and one[-1:] == ">" for one in invented), (
        action.name,
        given,
        call,
    )
    assert parsed(action, filled(call, meant)) is not None, (action.name, given, call)


def leaves(value: Any) -> Iterator[Any]:
    """The values within, an empty container being one."""
    if isinstance(value, dict | list) and value:
        for one in value.values() if isinstance(value, dict) else value:
            yield from leaves(one)
    else:
        yield value


def filled(value: Any, meant: Any) -> Any:
    """A corrected call with its placeholders replaced by what was meant there."""
    if isinstance(value, str) and value.startswith("<"):
        return meant
    if isinstance(value, dict) and isinstance(meant, dict):
        free = next(iter(meant.values()), None)
        return {name: filled(one, meant.get(name, free)) for name, one in value.items()}
    if isinstance(value, list) and isinstance(meant, list) and meant:
        return [filled(one, meant[min(at, len(meant) - 1)]) for at, one in enumerate(value)]
    return value


def spoilt(value: Any) -> Iterator[Any]:
    """The same with one value, at any depth, that no argument takes."""
    yield {"no such": "thing"}
    if isinstance(value, dict):
        for name in value:
            yield from ({**value, name: bad} for bad in spoilt(value[name]))
            yield {one: held for one, held in value.items() if one != name}
    elif isinstance(value, list):
        for at, one in enumerate(value):
            yield from ([*value[:at], bad, *value[at + 1 :]] for bad in spoilt(one))


def test_a_correction_invents_nothing_and_works_once_filled_in(catalogue: Catalogue) -> None:
    judged = 0
    for action, arguments in examples(catalogue):
        if action.surface == "operator":
            continue
        for given in spoilt(arguments):
            # Which field was to change, nobody can know.
            if action.verb == "update" and given.keys() == {"id"}:
                continue
            if given != {"no such": "thing"} and parsed(action, given) is None:
                judge(catalogue, action, given, arguments)
                judged += 1

    assert judged > 300


SIRET = "<SIRET of its head office>"
AMOUNT = '<amount, e.g. {"amount": "12.50", "currency": "EUR"}>'


@pytest.mark.parametrize(
    ("action", "given", "corrections"),
    [
        (
            "crm.customer.update",
            {"id": "552100554", "emails": ["bad", "a@b.fr"], "siret": "123"},
            {"emails": ["<e-mail address>", "a@b.fr"], "siret": SIRET},
        ),
        (
            "crm.opportunity.create",
            {"name": "x", "customer_id": 3, "amount": "1,200", "expected_close": "soon"},
            {
                "customer_id": "<id of a crm.customer>",
                "amount": AMOUNT,
                "expected_close": "<date, e.g. 2026-01-31>",
            },
        ),
        (
            "crm.activity.complete",
            {"id": "552100554", "outcome": "reached", "next": {"subject": "x"}},
            {
                "id": "<id of a crm.activity>",
                "outcome": "<one of: done, positive, neutral, negative, no_answer>",
                "next": {"subject": "x", "due_at": "<date and time, e.g. 2026-01-31T09:00:00Z>"},
            },
        ),
    ],
)
def test_what_was_refused_is_said_in_words(
    catalogue: Catalogue, action: str, given: dict[str, Any], corrections: dict[str, Any]
) -> None:
    if action not in catalogue.actions:
        pytest.skip("needs the module crm")

    assert told(catalogue, catalogue.actions[action], given) == {**given, **corrections}


def test_the_version_of_a_record_is_not_invented(catalogue: Catalogue) -> None:
    action = catalogue.actions["core.team.update"]
    given = {"id": "x", "expected_version": "x"}

    assert told(catalogue, action, given, "expected_version")["expected_version"] == "<integer>"


def test_the_rows_of_a_bulk_call_are_kept_but_for_what_is_wrong(catalogue: Catalogue) -> None:
    if "crm.lead.bulk_create" not in catalogue.actions:
        pytest.skip("needs the module crm")
    action = catalogue.actions["crm.lead.bulk_create"]
    rows = [{"title": f"Row {at}", "company_name": "Petit"} for at in range(4)]
    rows[1] = {"titl": "Typo", "owner_id": "Anne"}
    rows[2]["email"] = "bad"
    paths = ("items.1.title", "items.1.owner_id", "items.1.titl", "items.2.email", "items.3")

    assert told(catalogue, action, {"items": rows, "mode": "atomic"}, *paths) == {
        "items": [
            rows[0],
            {"title": "Typo", "owner_id": "<id of a core.user>"},
            {**rows[2], "email": "<e-mail address>"},
            rows[3],
        ],
        "mode": "atomic",
    }
    # A row in conflict with what is there has no field to mend, and the call nothing to correct.
    assert told(catalogue, action, {"items": [rows[0]]}, "items.0") is None


def test_a_correction_names_nothing_that_the_caller_may_not_know(catalogue: Catalogue) -> None:
    action = catalogue.actions["core.team.update"]
    desk: Any = SimpleNamespace(engine=SimpleNamespace(catalogue=catalogue))
    order = Order("eyeot_call", action.name, {"id": 3})
    problem = Invalid(errors=[{"path": "id", "reason": "no"}])

    assert corrected(desk, order, problem, Access()) == {}


@pytest.mark.parametrize(
    ("action", "given", "taken"),
    [
        ("crm.opportunity.list", {"status": "Perdu"}, {"status": "lost"}),
        ("crm.opportunity.list", {"status_in": "WON"}, {"status_in": ["won"]}),
        ("crm.opportunity.list", {"owner_id_is_set": "oui"}, {"owner_id_is_set": True}),
        ("crm.opportunity.list", {"amount_from": "1.200,00"}, {"amount_from": "1200.00"}),
        (
            "crm.opportunity.list",
            {"created_at_from": "01/02/2026"},
            {"created_at_from": "2026-02-01"},
        ),
        ("crm.customer.get", {"customer_id": "552100554"}, {"id": "552100554"}),
        ("crm.customer.get", {"recordId": "552100554"}, {"id": "552100554"}),
        ("crm.customer.get", {"ids": ["552100554"]}, {"id": "552100554"}),
    ],
)
def test_what_can_mean_one_thing_is_taken_for_it(
    catalogue: Catalogue, action: str, given: dict[str, Any], taken: dict[str, Any]
) -> None:
    if action not in catalogue.actions:
        pytest.skip("needs the module crm")
    made, notes = repaired(catalogue.actions[action], given)

    assert made == taken
    assert notes


@pytest.mark.parametrize(
    ("action", "given"),
    [
        ("crm.opportunity.list", {"amount_from": "1,200"}),
        ("crm.opportunity.list", {"created_at_from": "13/25/2026"}),
        ("crm.opportunity.list", {"created_at_from": "01/02/26"}),
        ("crm.opportunity.list", {"status": "perhaps"}),
        ("crm.opportunity.list", {"owner_id_is_set": "maybe"}),
        ("crm.customer.get", {"ids": ["552100554", "732829320"]}),
        ("crm.customer.get", {"id": "552100554", "customer_id": "732829320"}),
        ("crm.opportunity.create", {"name": "x", "customer_id": "552100554", "amount": "1200 $"}),
    ],
)
def test_what_may_mean_two_things_is_left_to_be_refused(
    catalogue: Catalogue, action: str, given: dict[str, Any]
) -> None:
    if action not in catalogue.actions:
        pytest.skip("needs the module crm")

    assert parsed(catalogue.actions[action], repaired(catalogue.actions[action], given)[0]) is None


def test_references_of_a_batch_are_left_alone(catalogue: Catalogue) -> None:
    if "crm.opportunity.create" not in catalogue.actions:
        pytest.skip("needs the module crm")
    action = catalogue.actions["crm.opportunity.create"]
    made, _ = repaired(
        action, {"name": "x", "customer": {"$ref": "1.id"}, "expected_close": "31/12/2026"}
    )

    assert made == {"name": "x", "customer_id": {"$ref": "1.id"}, "expected_close": "2026-12-31"}


def test_nothing_is_taken_for_what_the_caller_may_not_know(catalogue: Catalogue) -> None:
    action = catalogue.actions["core.user.list"]
    name = next(one for one in action.input_schema["properties"] if "_" in one)
    given = {name.replace("_", "-"): "x"}

    assert repaired(action, given, {name})[0] == given


def test_a_glance_tells_a_call_in_order(catalogue: Catalogue) -> None:
    repairs = Repairs()
    action = catalogue.actions["core.user.list"]

    assert repairs.in_order(action, {"limit": 5})
    assert not repairs.in_order(action, {"limit": "5"})
    assert not repairs.in_order(action, {"Limit": 5})
