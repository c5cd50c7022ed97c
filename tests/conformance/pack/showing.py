"""Showing: tools and prompts that answer with every kind of content."""

import asyncio
import base64

from eyeot import (
    Audio,
    Conflict,
    Context,
    EmbeddedResource,
    Image,
    Input,
    Localized,
    Output,
    Prompt,
    PromptArgument,
    Reading,
    Tool,
    action,
)

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="
)
SILENCE = base64.b64decode("UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=")
_PAUSE = 0.05


class Nothing(Input):
    """No argument."""


class Said(Output):
    """What was said."""

    text: str


class Uri(Input):
    """An address."""

    uri: str


class Two(Input):
    """Two texts."""

    first: str
    second: str


@action("conformance.tool.say", risk="r", en="Say", fr="Dire", example={})
async def say(ctx: Context, data: Nothing) -> Said:
    """Say a simple text."""
    return Said(text="This is a simple text response for testing.")


@action("conformance.tool.show_image", risk="r", en="Show an image", fr="Montrer", example={})
async def show_image(ctx: Context, data: Nothing) -> Said:
    """Show an image."""
    ctx.add_block(Image(data=PIXEL, mime_type="image/png"))
    return Said(text="An image.")


@action("conformance.tool.play", risk="r", en="Play a sound", fr="Jouer", example={})
async def play(ctx: Context, data: Nothing) -> Said:
    """Play a sound."""
    ctx.add_block(Audio(data=SILENCE, mime_type="audio/wav"))
    return Said(text="A sound.")


@action("conformance.tool.embed", risk="r", en="Embed", fr="Inclure", example={"uri": "test://a"})
async def embed(ctx: Context, data: Uri) -> Said:
    """Embed a document."""
    text = "Embedded resource content for testing."
    ctx.add_block(EmbeddedResource(uri=data.uri, mime_type="text/plain", text=text))
    return Said(text="A document.")


@action("conformance.tool.embed_one", risk="r", en="Embed one", fr="Inclure un", example={})
async def embed_one(ctx: Context, data: Nothing) -> Said:
    """Embed a document of a fixed address."""
    return await embed.handler(ctx, Uri(uri="test://embedded-resource"))  # type: ignore[no-any-return]


@action("conformance.tool.mix", risk="r", en="Mix", fr="Mêler", example={})
async def mix(ctx: Context, data: Nothing) -> Said:
    """Show several kinds of content."""
    ctx.add_block(Image(data=PIXEL, mime_type="image/png"))
    told = '{"test":"data","value":123}'
    uri = "test://mixed-content-resource"
    ctx.add_block(EmbeddedResource(uri=uri, mime_type="application/json", text=told))
    return Said(text="Multiple content types test:")


@action("conformance.tool.fail", risk="r", en="Fail", fr="Échouer", example={})
async def fail(ctx: Context, data: Nothing) -> Said:
    """Fail as a tool does."""
    raise Conflict(reason="This tool intentionally returns an error for testing")


@action("conformance.tool.proceed", risk="w", en="Proceed", fr="Avancer", example={})
async def proceed(ctx: Context, data: Nothing) -> Said:
    """Tell how far it is."""
    for done in (0, 50, 100):
        ctx.progress(done, 100)
        await asyncio.sleep(_PAUSE)
    return Said(text="Done.")


@action(
    "conformance.tool.join",
    risk="r",
    en="Join",
    fr="Joindre",
    example={"first": "a", "second": "b"},
)
async def join(ctx: Context, data: Two) -> Said:
    """Join two texts."""
    return Said(text=f"arg1='{data.first}', arg2='{data.second}'")


def _tool(name: str, action: str) -> Tool:
    return Tool(
        name=name, action=f"conformance.tool.{action}", title=name, doc=f"The suite's {name}."
    )


def _text(said: str) -> Localized:
    return Localized(en=said, fr=said)


simple_text = _tool("test_simple_text", "say")
logging_tool = _tool("test_logging_tool", "say")
image_content = _tool("test_image_content", "show_image")
audio_content = _tool("test_audio_content", "play")
embedded_resource = _tool("test_embedded_resource", "embed_one")
mixed_content = _tool("test_multiple_content_types", "mix")
error_handling = _tool("test_error_handling", "fail")
with_progress = _tool("test_tool_with_progress", "proceed")

simple_prompt = Prompt(
    name="test_simple_prompt",
    title=_text("Simple"),
    doc=_text("A prompt without arguments."),
    text=_text("This is a simple prompt for testing."),
)
prompt_with_arguments = Prompt(
    name="test_prompt_with_arguments",
    title=_text("With arguments"),
    doc=_text("A prompt with arguments."),
    text=_text("Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"),
    arguments=(
        PromptArgument(
            name="arg1", doc=_text("First."), required=True, choices=("testValue1", "b")
        ),
        PromptArgument(name="arg2", doc=_text("Second."), required=True),
    ),
    reads=(
        Reading(action="conformance.tool.join", arguments={"first": "{arg1}", "second": "{arg2}"}),
    ),
)
prompt_with_resource = Prompt(
    name="test_prompt_with_embedded_resource",
    title=_text("With a document"),
    doc=_text("A prompt that embeds a document."),
    text=_text("Please process the embedded resource."),
    arguments=(PromptArgument(name="resourceUri", doc=_text("Which."), required=True),),
    reads=(Reading(action="conformance.tool.embed", arguments={"uri": "{resourceUri}"}),),
)
prompt_with_image = Prompt(
    name="test_prompt_with_image",
    title=_text("With an image"),
    doc=_text("A prompt that shows an image."),
    text=_text("Please look at the image."),
    reads=(Reading(action="conformance.tool.show_image"),),
)
