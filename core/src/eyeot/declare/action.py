"""Actions: typed callables, the only way anything is read or done."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, TypedDict, Unpack, get_type_hints

from pydantic import BaseModel

from eyeot.declare.citing import Cite, cite
from eyeot.declare.identifiers import Reveal, Shows, reveal
from eyeot.declare.model import describe, nested_of, record_shape, refs_of, secrets_of
from eyeot.declare.record import Record, shown

Risk = Literal["r", "w", "x", "e", "$"]
SurfaceRule = Literal["any", "human", "operator"]
Handler = Callable[[Any, Any], Awaitable[Any]]
RESERVED = frozenset(
    {"dry_run", "idempotency_key", "plan_token", "expected_version", "fields", "cursor", "limit"}
)
"""Argument names that belong to the framework on every action (design §3)."""
# Arguments that a signature names before it says "…".
_GLANCE = 12


def words(text: str) -> tuple[str, tuple[str, ...]]:
    """A label and its synonyms, written `label; synonym; synonym`."""
    label, *rest = (part.strip() for part in text.split(";"))
    return label, tuple(part for part in rest if part)


@dataclass(frozen=True, kw_only=True)
class Action:
    """One typed callable: everything that any surface needs to know of it."""

    name: str
    summary: str
    handler: Handler
    build_input: Callable[[], type[BaseModel]]
    output: Any
    """A pydantic model, a Record, or a function giving a JSON Schema."""
    risk: Risk
    en: str
    fr: str
    permission: str = ""
    surface: SurfaceRule = "any"
    kind: Literal["generic", "business", "report"] = "business"
    record: type[Record] | None = None
    events: tuple[str, ...] = ()
    examples: tuple[dict[str, Any], ...] = ()
    single: bool = False
    """One statement only: it runs on the lean path without a transaction of its own."""
    reserved: frozenset[str] = frozenset()
    """The reserved arguments that this standard verb itself takes (cursor, limit, fields)."""
    cuts: bool = False
    """Whatever it changes in governing records, nobody may do more for it; its writes are held to that."""
    scope_free: bool = False
    """Needs no permission: answers only what the caller may see anyway (whoami, search)."""
    unlicensed: bool = False
    """Runs whatever the licence: it cuts power, hands data out, serves the law, or is about the licence."""
    beside: str = ""
    """The module without which it cannot do its job, and next to which alone it is installed."""
    fresh: bool = False
    """At the console, only by somebody who proved a moment ago to be there (step-up)."""
    next: tuple[str, ...] = field(default=())
    shows: Shows | None = None
    """Where an answer that no type describes shows identifiers."""

    @property
    def module(self) -> str:
        """The plugin it belongs to."""
        return self.name.split(".")[0]

    @property
    def resource(self) -> str:
        """`crm.lead`."""
        return self.name.rpartition(".")[0]

    @property
    def verb(self) -> str:
        """`convert`."""
        return self.name.rpartition(".")[2]

    @property
    def reads(self) -> bool:
        """Whether it changes nothing."""
        return self.risk == "r"

    @property
    def needs(self) -> str:
        """The permission: `module:read` or `module:write`, and its own name for x, $ (design §5.2).

        What reads a record needs what that record says.
        """
        if self.permission:
            return self.permission
        if self.reads and self.record and self.record.meta.needs:
            return self.record.meta.needs
        if self.risk in ("x", "$"):
            return f"{self.resource}:{self.verb}"
        return f"{self.module}:{'read' if self.reads else 'write'}"

    @cached_property
    def input(self) -> type[BaseModel]:
        """The model of its arguments, made when first needed."""
        return self.build_input()

    @cached_property
    def refs(self) -> list[tuple[str, str]]:
        """Its identifier arguments: name and kind."""
        return refs_of(self.input)

    @cached_property
    def nested(self) -> dict[str, list[tuple[str, str]]]:
        """Its arguments that are lists of models with identifiers, and those of each: name and kind."""
        return nested_of(self.input)

    @cached_property
    def secrets(self) -> frozenset[str]:
        """The fields of its answer that are told once, and never in a dry run."""
        return secrets_of(self.output)

    @cached_property
    def unrecorded(self) -> frozenset[str]:
        """The arguments that the audit does not keep."""
        return secrets_of(self.input)

    @cached_property
    def reveal(self) -> Reveal | None:
        """What adds the identifiers that an answer shows; none when it shows none."""
        return self.shows.reveal() if self.shows else reveal(self.output)

    @cached_property
    def cite(self) -> Cite | None:
        """What notes the identifiers that arguments name; none when they name none."""
        return cite(self.input)

    @cached_property
    def input_schema(self) -> dict[str, Any]:
        """The JSON Schema of its arguments, reserved ones included where they mean something."""
        schema = describe(self.input)
        schema.pop("description", None)
        schema.setdefault("properties", {})
        schema["additionalProperties"] = False
        if not self.reads:
            schema["properties"] = {**schema["properties"], **_WRITE_ARGUMENTS}
            if self.record and "id" in schema["properties"]:
                schema["properties"]["expected_version"] = EXPECTED
        return schema

    @cached_property
    def output_schema(self) -> dict[str, Any]:
        """The JSON Schema of its answer."""
        if isinstance(self.output, type) and issubclass(self.output, Record):
            return record_shape(shown(self.output.meta))
        if isinstance(self.output, type) and issubclass(self.output, BaseModel):
            schema = describe(self.output, answer=True)
            schema.pop("required", None)
            schema.pop("description", None)
            return schema
        made: dict[str, Any] = self.output()
        return made

    @property
    def labels(self) -> dict[str, str]:
        """Its name for people, by language."""
        return {"en": words(self.en)[0], "fr": words(self.fr)[0]}

    @property
    def synonyms(self) -> dict[str, tuple[str, ...]]:
        """Other ways to ask for it, by language."""
        return {"en": words(self.en)[1], "fr": words(self.fr)[1]}

    @property
    def signature(self) -> str:
        """`crm.lead.convert(id, pipeline_id?)`: what to call it with, at a glance."""
        required = set(self.input_schema.get("required", ()))
        names = [n for n in self.input_schema["properties"] if n not in _WRITE_ARGUMENTS]
        listed = [n if n in required else f"{n}?" for n in names]
        head = sorted(listed, key=lambda n: n.endswith("?"))[:_GLANCE]
        return f"{self.name}({', '.join(head)}{', …' if len(listed) > _GLANCE else ''})"


_WRITE_ARGUMENTS: dict[str, Any] = {
    "dry_run": {"type": "boolean", "description": "Run, report every effect, change nothing."},
    "idempotency_key": {
        "type": "string",
        "description": "A new UUID; a repetition with the same one is done once.",
    },
    "plan_token": {
        "type": "string",
        "description": "From a dry run: commit exactly that; the other arguments may be left out.",
    },
}
EXPECTED: dict[str, Any] = {
    "type": "integer",
    "description": "The version you read; refused if the record changed since.",
}
"""The schema of `expected_version`."""


def summary_of(handler: Callable[..., Any]) -> str:
    """The first sentence of a handler's docstring, written for the caller."""
    text = " ".join((handler.__doc__ or "").split())
    if not text:
        raise ValueError(f"{handler.__qualname__} needs a docstring: it is what callers are told")
    return text


class Facts(TypedDict, total=False):
    """What may further be said of an action; see `Action`."""

    events: tuple[str, ...]
    permission: str
    surface: SurfaceRule
    kind: Literal["business", "report"]
    record: type[Record] | None
    cuts: bool
    scope_free: bool
    unlicensed: bool
    single: bool
    fresh: bool
    beside: str
    next: tuple[str, ...]


def action(
    name: str,
    *,
    risk: Risk,
    en: str,
    fr: str,
    example: dict[str, Any] | None = None,
    **facts: Unpack[Facts],
) -> Callable[[Handler], Action]:
    """Declare a business action; its docstring is what callers read, its annotations are its types.

    `en`, `fr`: label and synonyms, `label; synonym; …`. `example`: arguments that run on the demo company.
    """

    def made(handler: Handler) -> Action:
        hints = get_type_hints(handler, include_extras=True)
        model = hints["data"]
        return Action(
            name=name,
            summary=summary_of(handler),
            handler=handler,
            build_input=lambda: model,
            output=hints["return"],
            risk=risk,
            en=en,
            fr=fr,
            examples=(example,) if example is not None else (),
            **facts,
        )

    return made
