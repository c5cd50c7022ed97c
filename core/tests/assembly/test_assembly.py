"""Assembly: what plugins declare is found, ordered and held to the rules."""

from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from eyeot import (
    Action,
    Context,
    Input,
    Localized,
    Output,
    Plugin,
    Privacy,
    Prompt,
    Reading,
    Record,
    Tool,
    action,
    app,
    field,
    hookimpl,
)
from eyeot.declare.record import records
from eyeot.declare.rules import check
from eyeot.declare.schema import metadata
from eyeot.platform.teams import Team
from eyeot.types import Email


class Nothing(Input):
    """No argument."""


class Pong(Output):
    """An answer."""

    text: str


@action("ping.thing.ring", risk="r", en="Ring", fr="Sonner", example={})
async def ring(ctx: Context, data: Nothing) -> Pong:
    """Ring the bell."""
    return Pong(text="dong")


def plugin_of(name: str, *things: Any, made: type[Plugin] = Plugin) -> Plugin:
    module = ModuleType(f"test_{name}")
    module.__dict__.update({f"thing{number}": one for number, one in enumerate(things)})
    return made(name=name, doc="A test.", modules=(module,))


class ByFilter(Input):
    """Whatever meets a condition."""

    name_contains: str


@action("core.team.sweep", risk="w", en="Sweep", fr="Balayer", example={}, record=Team)
async def sweep(ctx: Context, data: ByFilter) -> Pong:
    """Change every team of a name."""
    return Pong(text="dong")


def test_a_write_does_not_choose_its_records_by_a_condition() -> None:
    with pytest.raises(app.AssemblyError, match="name_contains"):
        check(plugin_of("core", sweep))


def test_every_module_is_installed_and_none_failed() -> None:
    plugins, failures = app.load_plugins()

    assert not failures
    assert {one.name for one in plugins} == {
        "core", "crm", "sales", "invoicing", "stock", "tickets", "hr", "intelligence",
    }  # fmt: skip
    names = [one.name for one in plugins]
    assert names.index("crm") < names.index("sales") < names.index("invoicing")


def test_declarations_keep_the_rules() -> None:
    app.check_models(app.assemble())


def test_a_plugin_s_actions_are_found_by_type() -> None:
    catalogue = app.catalogue_of([plugin_of("ping", ring)])

    assert catalogue.actions["ping.thing.ring"].labels == {"en": "Ring", "fr": "Sonner"}


def prompt_of(name: str = "ask_ring", text: str = "Ring.", **more: Any) -> Prompt:
    said = Localized(en=text, fr=text)
    return Prompt(name=name, title=said, doc=said, text=said, **more)


def test_two_prompts_of_one_name_are_refused() -> None:
    one, other = plugin_of("ping", ring, prompt_of()), plugin_of("pong", prompt_of())

    with pytest.raises(app.AssemblyError, match="prompt 'ask_ring'"):
        app.catalogue_of([one, other])


@pytest.mark.parametrize(
    ("prompt", "wrong"),
    [
        (prompt_of(actions=("ping.thing.fly",)), "names no action"),
        (prompt_of(reads=(Reading(action="ping.thing.break"),)), "which writes"),
        (prompt_of(text="Ring {whom}."), "no argument 'whom'"),
        (
            prompt_of(reads=(Reading(action="ping.thing.ring", arguments={"a": "{x}"}),)),
            "no argument 'x'",
        ),
    ],
)
def test_a_prompt_that_could_not_work_is_refused(prompt: Prompt, wrong: str) -> None:
    @action("ping.thing.break", risk="w", en="Break", fr="Casser")
    async def smash(ctx: Context, data: Nothing) -> Pong:
        """Break the bell."""
        return Pong(text="")

    with pytest.raises(app.AssemblyError, match=wrong):
        app.catalogue_of([plugin_of("ping", ring, smash, prompt)])


def test_a_prompt_gives_its_readings_what_they_take() -> None:
    prompt = prompt_of(reads=(Reading(action="ping.thing.ring", arguments={"loud": True}),))

    with pytest.raises(app.AssemblyError, match="loud"):
        app.check_models(app.catalogue_of([plugin_of("ping", ring, prompt)]))


def test_a_wrap_may_change_the_handler_and_is_listed() -> None:
    class Loud(Plugin):
        @hookimpl
        def eyeot_wrap_action(self, action: Action) -> Action | None:
            if action.name != "ping.thing.ring":
                return None

            async def louder(ctx: Any, data: Any) -> Pong:
                """Ring twice."""
                answer = await action.handler(ctx, data)
                return Pong(text=answer.text * 2)

            return replace(action, handler=louder)

    catalogue = app.catalogue_of([plugin_of("ping", ring), plugin_of("loud", made=Loud)])

    assert catalogue.wraps == (("ping.thing.ring", "loud"),)


@pytest.mark.parametrize(
    "change", [{"permission": "ping:none"}, {"risk": "w"}, {"surface": "human"}]
)
def test_a_wrap_that_changes_more_is_refused(change: dict[str, Any]) -> None:
    class Sly(Plugin):
        @hookimpl
        def eyeot_wrap_action(self, action: Action) -> Action | None:
            return replace(action, **change) if action.name == "ping.thing.ring" else None

    with pytest.raises(app.AssemblyError, match="sly"):
        app.catalogue_of([plugin_of("ping", ring), plugin_of("sly", made=Sly)])


def test_the_core_s_own_actions_are_not_wrapped() -> None:
    class Sly(Plugin):
        @hookimpl
        def eyeot_wrap_action(self, action: Action) -> Action | None:
            async def nothing(ctx: Any, data: Any) -> Any:
                """Do nothing."""

            return (
                replace(action, handler=nothing) if action.name == "core.api_key.revoke" else None
            )

    plugins, _ = app.load_plugins()
    with pytest.raises(app.AssemblyError, match=r"core\.api_key\.revoke"):
        app.catalogue_of([*plugins, plugin_of("sly", made=Sly)])


def test_two_tools_of_one_name_fail_loudly() -> None:
    tool = Tool(name="ring", title="Ring", action="ping.thing.ring", doc="Ring.")
    same = replace(tool, title="Also")

    with pytest.raises(app.AssemblyError, match="ring"):
        app.catalogue_of([plugin_of("ping", ring, tool, same)])


def test_a_tool_of_no_action_fails_loudly() -> None:
    tool = Tool(name="ring", title="Ring", action="ping.thing.rang", doc="Ring.")

    with pytest.raises(app.AssemblyError, match=r"ping\.thing\.rang"):
        app.catalogue_of([plugin_of("ping", ring, tool)])


def _ringer(**change: Any) -> Plugin:
    """A plugin whose wrap changes something of the bell."""

    class Sly(Plugin):
        @hookimpl
        def eyeot_wrap_action(self, action: Action) -> Action | None:
            return replace(action, **change) if action.name == "ping.thing.ring" else None

    return plugin_of("sly", made=Sly)


@pytest.mark.parametrize(
    "change",
    [
        {"build_input": lambda: Pong},
        {"output": Nothing},
        {"record": Pong},
        {"scope_free": True},
        {"single": True},
        {"events": ("ping.thing.rung",)},
        {"name": "ping.thing.other"},
        {"reserved": frozenset({"limit"})},
    ],
    ids=lambda one: next(iter(one)),
)
def test_a_wrap_changes_neither_input_nor_answer_nor_audit(change: dict[str, Any]) -> None:
    with pytest.raises(app.AssemblyError, match=next(iter(change))):
        app.catalogue_of([plugin_of("ping", ring), _ringer(**change)])


def test_a_permission_that_nobody_declares_fails_loudly() -> None:
    odd = replace(ring, permission="ping.thing:rnig")

    with pytest.raises(app.AssemblyError, match="rnig"):
        app.catalogue_of([plugin_of("ping", odd)])

    named = plugin_of("ping", odd)
    named.permissions = {"ping.thing:rnig": ("Ring.", "Sonner.")}
    assert app.catalogue_of([named]).actions["ping.thing.ring"].needs == "ping.thing:rnig"


def test_a_plugin_declares_no_permission_of_another() -> None:
    greedy = plugin_of("ping", ring)
    greedy.permissions = {"core:admin": ("All.", "Tout.")}

    with pytest.raises(app.AssemblyError, match="core:admin"):
        app.catalogue_of([greedy])


@pytest.fixture
def forgetting() -> Iterator[None]:
    """Records declared in a test are gone after it."""
    known = set(records)
    yield
    for name in records.keys() - known:
        metadata.remove(records.pop(name).meta.table)


@pytest.mark.usefixtures("forgetting")
def test_personal_data_must_be_said_and_found() -> None:
    class Unsaid(Record, name="ping.unsaid", prefix="pgu"):
        """Somebody."""

        email: Email | None = field("Where to write.", default=None)

    class Lost(Record, name="ping.lost", prefix="pgl"):
        """Somebody nobody finds."""

        nickname: str = field("What friends say.", personal=True)

    class Found(Record, name="ping.found", prefix="pgf", exact=("email",)):
        """Somebody who can be found."""

        email: Email | None = field("Where to write.", personal=True, default=None)

    async def collect(_privacy: Privacy, _ctx: Context, _subject: Any) -> list[Record]:
        return []

    with pytest.raises(app.AssemblyError, match=r"ping\.unsaid\.email"):
        check(plugin_of("ping", Unsaid))
    with pytest.raises(app.AssemblyError, match=r"ping\.lost"):
        check(plugin_of("ping", Lost))
    check(plugin_of("ping", Found))
    check(plugin_of("ping", Lost, Privacy(Lost, collect=collect)))
