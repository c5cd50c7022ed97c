"""Licence: a write needs an active one, with seats for who works here and its module (step 7)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode

from eyeot.declare.action import Action
from eyeot.declare.problem import LicenseRequired
from eyeot.runtime.call import Call
from eyeot.runtime.request import Caller

PAGE = "/console/licence"
_INSTALL = (
    "Open activate_url with whoever runs this organisation: 'eyeot licence install' takes the file."
)


def check_licence(calls: Sequence[Call], now: datetime, public_url: str) -> None:
    """Refuse the first call whose write its organisation's licence does not cover."""
    licence = calls[0].request.caller.licence
    if licence is None:
        return
    for number, call in enumerate(calls, 1):
        action = call.action
        if action is None or action.reads or action.unlicensed:
            continue
        if licence.lacks(action.module, now):
            raise lacking(action.module, call.request.caller, now, public_url, number=number)


def check_part(action: Action, caller: Caller, now: datetime, public_url: str) -> None:
    """Refuse an action that runs as a part of another: its module may be outside the pack."""
    licence = caller.licence
    if licence is None or action.reads or action.unlicensed:
        return
    if licence.lacks(action.module, now) == "module":
        raise lacking(action.module, caller, now, public_url)


def check_job(module: str, caller: Caller, now: datetime, public_url: str) -> None:
    """Refuse a step of a job: it fails, keeps what it did, and goes on from there when it is retried."""
    if caller.licence is not None and caller.licence.lacks(module, now):
        raise lacking(module, caller, now, public_url)


def check_seats(people: int, caller: Caller, now: datetime, public_url: str) -> None:
    """Refuse one person more than there are seats."""
    licence = caller.licence
    if licence is not None and people > licence.seats:
        more = replace(caller, licence=replace(licence, people=people))
        raise lacking("core", more, now, public_url)


def lacking(
    module: str, caller: Caller, now: datetime, public_url: str, *, number: int = 1
) -> LicenseRequired:
    """The refusal that says what a write lacks and what would unblock it."""
    licence = caller.licence
    assert licence
    what, state = licence.lacks(module, now), licence.state(now)
    used, of = licence.people, licence.seats
    if what == "seats":
        reason = f"{used} people are active, and the {licence.plan} plan has {_seats(of)}."
        unblock = f"Suspend {_people(used - of)} (core.user.suspend) or buy seats. {_INSTALL}"
    elif what == "module":
        reason = f"The licence does not include the module '{module}'; it can be read, not changed."
        unblock = f"Buy a pack with '{module}'. {_INSTALL}"
    elif state == "untrusted":
        reason = (
            "The licence was not signed for this organisation by a key that this product trusts."
        )
        unblock = f"Ask the vendor for it again. {_INSTALL}"
    elif licence.pack and licence.at(now) < licence.pack.valid_from:
        reason = f"The licence begins on {licence.pack.valid_from:%Y-%m-%d}; until then data can be read."
        unblock = "Wait until then, or ask the vendor for one that begins earlier."
    else:
        ended = f" on {licence.pack.ends:%Y-%m-%d}" if licence.pack else ""
        reason = f"The licence ended{ended}: everything can be read and exported, nothing changed."
        unblock = f"Renew it (core.licence.request_renewal prepares that). {_INSTALL}"
    told = {"org": caller.org_slug, "plan": licence.plan, "state": state, "lacks": what or ""}
    told |= {"used": str(used), "of": str(of)} | ({"module": module} if what == "module" else {})
    return LicenseRequired(
        reason=reason,
        unblock=unblock,
        plan=licence.plan,
        state=state,
        seats={"used": used, "of": of},
        activate_url=f"{public_url}{PAGE}?{urlencode(told)}",
        module=module if what == "module" else None,
        number=number,
    )


def _seats(count: int) -> str:
    return "one seat" if count == 1 else f"{count} seats"


def _people(count: int) -> str:
    return "one person" if count == 1 else f"{count} people"
