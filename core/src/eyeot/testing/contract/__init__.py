"""Contract: what every action of every plugin keeps, tried on the demo company.

A plugin inherits it in three lines, in a test file of its own:

    from eyeot.testing import contract
    from eyeot_crm import plugin
    test_contract = contract(plugin)

Each pair of a requirement and an action is one test, named `<requirement>-<action>`.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from types import MappingProxyType

import pytest

from eyeot import app
from eyeot.declare.action import Action
from eyeot.declare.plugin import Plugin
from eyeot.declare.rules import all_actions
from eyeot.runtime.catalogue import Catalogue
from eyeot.testing.contract import calls, declared, guards, power, privacy, provenance
from eyeot.testing.contract.evidence import Evidence
from eyeot.testing.contract.outside import Answers, answering
from eyeot.testing.contract.requirement import Requirement, every, reads, runnable, writes
from eyeot.testing.contract.stage import Stage

NOBODY: Answers = MappingProxyType({})
Before = Mapping[str, Callable[[Stage], Awaitable[None]]]
NOTHING: Before = MappingProxyType({})
REQUIREMENTS: tuple[Requirement, ...] = (
    Requirement(
        "declared",
        "It has labels in French and English, a summary, closed and typed schemas, and an example.",
        every,
        declared.declared,
    ),
    Requirement(
        "typed",
        "Every argument refuses a value of another type and beyond its limits, by its name; unknown ones"
        " are refused.",
        every,
        declared.typed,
    ),
    Requirement(
        "runs",
        "Its example succeeds on the demo company; the answer is as declared, tells of records what is"
        " stored, and the events told are the events declared.",
        runnable,
        calls.runs,
    ),
    Requirement(
        "drills",
        "What the rows of a report lead to can be called, as they name it.",
        lambda one: one.kind == "report",
        calls.drills,
    ),
    Requirement(
        "read_only",
        "A read runs where the server itself refuses every write.",
        reads,
        calls.read_only,
    ),
    Requirement(
        "dry_run",
        "A dry run leaves every table, counter and file as it was, and tells what the real run then does.",
        writes,
        calls.dry_run,
    ),
    Requirement(
        "again",
        "The same call a second time succeeds, or is refused with a code, a message and a hint.",
        writes,
        calls.again,
    ),
    Requirement(
        "permission",
        "Without its permission it is refused by that name, and neither listed nor found.",
        every,
        guards.permission,
    ),
    Requirement(
        "surface",
        "What is for a person or the operator runs with no key, whatever the key holds.",
        lambda one: one.surface != "any",
        guards.surface,
    ),
    Requirement(
        "power",
        "Run by a key that holds everything, it gives nobody more power, nor itself.",
        lambda one: writes(one) and one.surface == "any",
        power.cut_only,
    ),
    Requirement(
        "licence",
        "Without a licence a write is refused, and its dry run, unless it is `unlicensed`; reads run.",
        runnable,
        guards.licence,
    ),
    Requirement(
        "reach",
        "To who reaches only their own, others' records do not exist.",
        runnable,
        guards.reach,
    ),
    Requirement(
        "elsewhere",
        "Another organisation's id in any argument names nothing.",
        runnable,
        guards.elsewhere,
    ),
    Requirement(
        "shows",
        "Every identifier that stands alone in its answer counts as shown, and may be cited.",
        runnable,
        provenance.shows,
    ),
    Requirement(
        "unread",
        "A write that names what exists, is permitted and was never shown to an agent is refused as one that"
        " names nothing.",
        writes,
        provenance.unread,
    ),
    Requirement(
        "version",
        "A stale expected_version is a version_conflict that tells the present version.",
        lambda one: writes(one) and "expected_version" in one.input_schema["properties"],
        guards.version,
    ),
    Requirement(
        "sensitive",
        "Sensitive fields do not exist for who lacks their permission: in answers and effects, and to"
        " filter, sort, group, search or write by.",
        lambda one: runnable(one) and bool(guards.sensitive_fields(one)),
        guards.sensitive,
    ),
    Requirement(
        "personal",
        "Personal data is found from the person it is about, and what is erased is gone from record and"
        " search.",
        privacy.holds_personal,
        privacy.erasable,
    ),
)
"""Everything that is promised of an action, in the order in which it is tried."""


@cache
def _installed() -> Catalogue:
    return app.assemble()


def _actions(plugin: Plugin) -> list[Action]:
    """A plugin's actions, those that assembly makes included."""
    found = [one for one in _installed().actions.values() if one.module == plugin.name]
    return found or sorted(all_actions(plugin), key=lambda one: one.name)


def contract(
    plugin: Plugin, providers: Answers = NOBODY, before: Before = NOTHING
) -> Callable[..., Awaitable[None]]:
    """A test of every requirement on every action of a plugin, on the fixture `stage`.

    `providers`: who outside its examples ask, and the function of (method, path, body) that answers.
    `before`: what must have happened outside first, by the name of the action whose example needs it.
    """
    cases = [
        pytest.param(requirement, one.name, id=f"{requirement.id}-{one.name}")
        for requirement in REQUIREMENTS
        for one in _actions(plugin)
        if requirement.applies(one)
    ]

    @pytest.mark.asyncio(loop_scope="session")
    @pytest.mark.parametrize(("requirement", "name"), cases)
    async def test_contract(requirement: Requirement, name: str, stage: Stage) -> None:
        async with stage.writes.undone():
            with answering(stage.engine, providers):
                if name in before:
                    await before[name](stage)
                await requirement.check(stage, stage.engine.catalogue.actions[name])

    return test_contract


__all__ = ["REQUIREMENTS", "Evidence", "Requirement", "Stage", "contract"]
