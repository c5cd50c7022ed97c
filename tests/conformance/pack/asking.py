"""Asking: tools and a prompt that ask the client before they go on."""

from typing import Any

from eyeot import (
    Context,
    Input,
    InputRequest,
    InputRequired,
    Localized,
    Prompt,
    Reading,
    Tool,
    action,
)
from eyeot.declare.inputs import elicitation
from tests.conformance.pack.showing import Nothing, Said

ROOTS = InputRequest("roots")


class Name(Input):
    """A name."""

    name: str


class Color(Input):
    """A colour."""

    color: str


class Agreed(Input):
    """Whether it may be done."""

    ok: bool


class About(Input):
    """What it is about."""

    context: str


def _sampling(text: str, most: int) -> InputRequest:
    message = {"role": "user", "content": {"type": "text", "text": text}}
    return InputRequest("sampling", {"messages": [message], "maxTokens": most})


def _content(ctx: Context, key: str, field: str) -> Any:
    """What was answered to a form; None while it was not."""
    return ctx.inputs.responses.get(key, {}).get("content", {}).get(field)


@action("conformance.ask.name", risk="r", en="Ask a name", fr="Demander un nom", example={})
async def name(ctx: Context, data: Nothing) -> Said:
    """Ask for a name, without a state."""
    found = _content(ctx, "user_name", "name")
    if not isinstance(found, str):
        raise InputRequired(requests={"user_name": elicitation("What is your name?", Name)})
    return Said(text=f"Hello, {found}!")


@action("conformance.ask.model", risk="r", en="Ask the model", fr="Demander", example={})
async def model(ctx: Context, data: Nothing) -> Said:
    """Ask the client's model."""
    found = ctx.inputs.responses.get("capital_question")
    if found is None:
        asked = _sampling("What is the capital of France?", 100)
        raise InputRequired(requests={"capital_question": asked})
    return Said(text=found["content"]["text"])


@action("conformance.ask.roots", risk="r", en="Ask the roots", fr="Racines", example={})
async def roots(ctx: Context, data: Nothing) -> Said:
    """Ask for the client's folders."""
    found = ctx.inputs.responses.get("client_roots")
    if found is None:
        raise InputRequired(requests={"client_roots": ROOTS})
    return Said(text=f"{len(found['roots'])} roots")


@action("conformance.ask.agree", risk="w", en="Ask to agree", fr="Confirmer", example={})
async def agree(ctx: Context, data: Nothing) -> Said:
    """Ask whether it may be done, as a module's action would."""
    return Said(text="state-ok" if ctx.ask("confirm", "Please confirm", Agreed).ok else "no")


@action("conformance.ask.everything", risk="r", en="Ask everything", fr="Tout", example={})
async def everything(ctx: Context, data: Nothing) -> Said:
    """Ask three things at once."""
    requests = {
        "user_name": elicitation("What is your name?", Name),
        "greeting": _sampling("Generate a greeting", 50),
        "client_roots": ROOTS,
    }
    if ctx.inputs.state is None or requests.keys() - ctx.inputs.responses.keys():
        raise InputRequired(requests=requests, state={})
    return Said(text="All three were answered.")


@action("conformance.ask.twice", risk="w", en="Ask twice", fr="Deux fois", example={})
async def twice(ctx: Context, data: Nothing) -> Said:
    """Ask two questions, one after the other."""
    who = ctx.ask("step1", "Step 1: What is your name?", Name)
    what = ctx.ask("step2", "Step 2: What is your favorite color?", Color)
    return Said(text=f"{who.name} likes {what.color}")


@action("conformance.ask.possible", risk="r", en="Ask what it can", fr="Selon", example={})
async def possible(ctx: Context, data: Nothing) -> Said:
    """Ask only for what the client can answer."""
    every = {
        "elicitation": elicitation("What is your name?", Name),
        "sampling": _sampling("Generate a greeting", 50),
        "roots": ROOTS,
    }
    asked = {kind: one for kind, one in every.items() if kind in ctx.inputs.kinds}
    if asked.keys() - ctx.inputs.responses.keys():
        raise InputRequired(requests=asked)
    return Said(text="Answered.")


@action("conformance.ask.context", risk="r", en="Ask what about", fr="Contexte", example={})
async def context(ctx: Context, data: Nothing) -> Said:
    """Ask what a prompt is about."""
    found = _content(ctx, "user_context", "context")
    if found is None:
        raise InputRequired(requests={"user_context": elicitation("What about?", About)})
    return Said(text=found)


def _tool(name: str, action: str) -> Tool:
    return Tool(
        name=name, action=f"conformance.ask.{action}", title=name, doc=f"The suite's {name}."
    )


_ROUNDS = "test_input_required_result_"
missing_capability = _tool("test_missing_capability", "model")
streaming_elicitation = _tool("test_streaming_elicitation", "name")
basic_elicitation = _tool(f"{_ROUNDS}elicitation", "name")
basic_sampling = _tool(f"{_ROUNDS}sampling", "model")
basic_roots = _tool(f"{_ROUNDS}list_roots", "roots")
request_state = _tool(f"{_ROUNDS}request_state", "agree")
tampered_state = _tool(f"{_ROUNDS}tampered_state", "agree")
multiple_inputs = _tool(f"{_ROUNDS}multiple_inputs", "everything")
multi_round = _tool(f"{_ROUNDS}multi_round", "twice")
capabilities = _tool(f"{_ROUNDS}capabilities", "possible")

asking_prompt = Prompt(
    name=f"{_ROUNDS}prompt",
    title=Localized(en="Asking", fr="Qui demande"),
    doc=Localized(en="A prompt that asks first.", fr="Demande d'abord."),
    text=Localized(en="Say more about it.", fr="Dis-en plus."),
    reads=(Reading(action="conformance.ask.context"),),
)
