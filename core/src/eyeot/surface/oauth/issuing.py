"""Issuing: what the organisation's audit is told of apps that got tokens, or were refused."""

import time
from dataclasses import dataclass

from eyeot.declare.ids import uuid7
from eyeot.declare.problem import Problem
from eyeot.platform.identity.sessions import Browser
from eyeot.runtime.audit import Outcome
from eyeot.runtime.call import Call
from eyeot.runtime.engine import Engine
from eyeot.runtime.request import Caller, Request

ISSUE, CONSENT = "core.oauth_grant.issue_tokens", "core.oauth_grant.create"


@dataclass(eq=False, kw_only=True)
class ConsentRefused(Problem, code="access_denied"):
    """A person did not let an app work in their name."""

    status = 403
    message = "The person refused to connect '{client}'."
    hint = "Ask them why, before you ask again."
    client: str


async def note(engine: Engine, caller: Caller, how: str, ip: str | None) -> None:
    """Tell that an app got its first tokens, by which of the ways."""
    asked = Request(
        action=ISSUE, arguments={"grant_type": how}, caller=caller, surface="rest", ip=ip
    )
    call = Call(asked, time.perf_counter())
    await engine.journal.append(call.told(uuid7(), engine.clock(), Outcome("ok")))


async def refuse(engine: Engine, person: Caller, app: str, browser: Browser) -> None:
    """Tell that a person did not let an app work in their name."""
    asked = Request(
        action=CONSENT,
        arguments={"client_name": app},
        caller=person,
        surface="console",
        client=browser.agent,
        ip=browser.ip,
    )
    await engine.refuse(asked, ConsentRefused(client=app))
