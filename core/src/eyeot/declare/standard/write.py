"""Writing verbs: create, update, archive, restore, delete."""

from collections.abc import Callable, Iterable
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, TypeAdapter, ValidationError, create_model, model_validator
from pydantic import Field as Limits
from pydantic_core import InitErrorDetails, PydanticCustomError

from eyeot.declare.field import Field
from eyeot.declare.identifiers import Shows
from eyeot.declare.lines import refuse_frozen, refuse_standing
from eyeot.declare.model import Ref, annotation
from eyeot.declare.problem import Invalid, StateRefused, invalid
from eyeot.declare.record import SYSTEM, Record
from eyeot.declare.resource import Resource
from eyeot.declare.standard.parts import line_model, lines_given
from eyeot.declare.standard.verb import Verb

_NEW_NAME = "Nouveau nom"
_ADAPTERS: dict[int, TypeAdapter[Any]] = {}


def _adapter(one: Field) -> TypeAdapter[Any]:
    """The adapter of a field's type; fields live as long as the process, so their address is a key."""
    found = _ADAPTERS.get(id(one))
    if found is None:
        found = _ADAPTERS[id(one)] = TypeAdapter(one.type)
    return found


def stored(one: Field, value: Any) -> Any:
    """A validated input as a record holds it: nested models become plain JSON."""
    if one.kind == "json" and value is not None:
        return _adapter(one).dump_python(value, mode="json", exclude_none=True)
    if one.kind in ("tags", "records") and value is not None:
        return sorted(value) if isinstance(value, set) else list(value)
    return value


Wrong = Iterable[tuple[str, str]]
"""Arguments and what is wrong with each; no argument's name: with all of them together."""


def refusing(model: type[BaseModel], wrong: Callable[[BaseModel], Wrong]) -> type[BaseModel]:
    """The model with a rule across its arguments, which so holds wherever they are only checked."""

    def check(data: BaseModel) -> BaseModel:
        if errors := [_error(path, reason) for path, reason in wrong(data)]:
            raise ValidationError.from_exception_data(model.__name__, errors)
        return data

    rule: Any = model_validator(mode="after")(check)
    return create_model(model.__name__, __base__=model, __validators__={"rule": rule})


def _error(path: str, reason: str) -> InitErrorDetails:
    # A template would take braces in the reason for its own.
    told = PydanticCustomError("rule", "{reason}", {"reason": reason})
    return InitErrorDetails(type=told, loc=(path,) if path else (), input=None)


class Writing(Verb):
    """What create and update share: the record's own fields and those it shows inline."""

    risk = "w"
    event = "updated"

    def __init__(self, resource: Resource) -> None:
        super().__init__(resource)
        self.inline = self.meta.inline
        self.other: dict[str, Field] = {}
        if self.inline:
            fields = self.inline.record.meta.fields
            self.other = {
                n: fields[n]
                for n in self.inline.names
                if fields[n].access in ("write", "create", "secret")
            }

    @property
    def _lines(self) -> str:
        return self.resource.lines.name if self.resource.lines else ""

    def given(self, data: BaseModel) -> tuple[dict[str, Any], dict[str, Any]]:
        """The fields that a call gave: its own, and those of the record shown inline."""
        own: dict[str, Any] = {}
        other: dict[str, Any] = {}
        for name in data.model_fields_set - {"id", self._lines}:
            value = getattr(data, name)
            one = self.meta.fields.get(name)
            if one is not None:
                own[name] = stored(one, value)
            else:
                other[name] = stored(self.other[name], value)
        return own, other

    async def prepare(self, ctx: Any, row: Record, values: dict[str, Any]) -> None:
        """Let the resource complete the record."""
        if self.resource.prepare:
            await self.resource.prepare(ctx, row, values)


class Create(Writing):
    """A new record."""

    name = "create"
    summary = "Create {a}."
    en = "Create {a}; add {a}; new {en}; register {a}"
    fr = "Créer {un}; ajouter {un}; saisir {un}; enregistrer {un}"
    event = "created"
    follow = ("get", "update")

    def model(self) -> type[BaseModel]:
        """Every field that create may write."""
        made: dict[str, Any] = {}
        for one in (*self.meta.fields.values(), *self.other.values()):
            if one.access in ("write", "create", "secret") and one.name not in SYSTEM:
                made[one.name] = self._argument(one)
        if self.resource.lines and self.resource.lines.name not in made:
            made[self.resource.lines.name] = line_model(self.resource.lines)
        model = self.made(**made)
        return refusing(model, self._unlinked) if self.inline else model

    def _unlinked(self, data: BaseModel) -> Wrong:
        """What a record to be made along with this one lacks; nothing when one is linked."""
        assert self.inline
        if getattr(data, self.inline.field) is not None:
            return ()
        return self._missing(vars(data))

    def _missing(self, values: dict[str, Any]) -> Wrong:
        return [
            (name, "Field required")
            for name, one in self.other.items()
            if one.required and values.get(name) is None
        ]

    def _argument(self, one: Field) -> tuple[Any, Any]:
        kind = annotation(one)
        implied = self.inline is not None and one.name == self.inline.field
        linked = one.name in self.other and one.name not in self.meta.fields
        if one.required and not implied and not linked:
            return (kind, Limits(description=one.doc))
        return (
            kind | None if one.nullable or implied or linked else kind,
            Limits(default=None, description=one.doc),
        )

    async def run(self, ctx: Any, data: Any) -> Any:
        """Add it, with the record it extends."""
        made = await self.made_of(ctx, *self.given(data))
        if self.resource.lines:
            for line in lines_given(self.resource.lines, data, made):
                await ctx.add(line)
        return made

    async def made_of(self, ctx: Any, own: dict[str, Any], other: dict[str, Any]) -> Any:
        """The new record of these values, its own and those of the record it extends."""
        own = {n: v for n, v in own.items() if v is not None}
        if self.inline:
            own[self.inline.field] = (
                await self._extended(ctx, own.get(self.inline.field), other)
            ).id
        row = self.record(**own)
        await refuse_standing(ctx, row)
        return await ctx.add(row)

    async def _extended(self, ctx: Any, id: UUID | None, values: dict[str, Any]) -> Record:
        assert self.inline
        if id is None:
            given = {n: v for n, v in values.items() if v is not None}
            # A copy may lack what its maker may not see.
            if missing := list(self._missing(given)):
                raise Invalid(errors=[{"path": n, "reason": told} for n, told in missing])
            made: Record = ctx.draft(self.inline.record(**given))
            return made
        found: Record = await ctx.get(self.inline.record, id, lock=bool(values))
        for name, value in values.items():
            if self.other[name].access == "create" and value != getattr(found, name):
                raise invalid(name, "was said when the record was made; leave it out to link it")
            setattr(found, name, value)
        return found

    def example(self) -> dict[str, Any] | None:
        """The resource's own example."""
        return self.resource.example


class Update(Writing):
    """A changed record."""

    name = "update"
    summary = "Change fields of one {en}; fields not given stay as they are, null clears one."
    en = "Update {a}; change {a}; edit {a}; modify {a}; correct {a}"
    fr = "Modifier {un}; mettre à jour {un}; changer {un}; corriger {un}"
    follow = ("get", "history")

    def model(self) -> type[BaseModel]:
        """Id, and every field that update may write."""
        made: dict[str, Any] = {"id": (Annotated[UUID, Ref(self.meta.name)], ...)}
        for one in (*self.meta.fields.values(), *self.other.values()):
            if one.access == "write":
                kind = annotation(one)
                # Null is taken here and refused by `_empty`, which can say what it would mean.
                made[one.name] = (kind | None, Limits(default=None, description=one.doc))
        return refusing(self.made(**made), self._empty)

    def _empty(self, data: BaseModel) -> Wrong:
        given = data.model_fields_set - {"id"}
        if not given:
            return [("", "no field to change was given")]
        fields = {**self.other, **self.meta.fields}
        return [
            (name, "cannot be cleared: it always has a value")
            for name in sorted(given)
            if getattr(data, name) is None and not fields[name].nullable
        ]

    async def run(self, ctx: Any, data: Any) -> Any:
        """Change what was given."""
        own, other = self.given(data)
        row = await ctx.get(self.record, data.id, lock=True)
        if {*own, *other} - {*self.resource.mutable}:
            refuse_frozen(self.resource, row, self.name)
            await refuse_standing(ctx, row)
        if other and self.inline:
            extended = await ctx.get(self.inline.record, getattr(row, self.inline.field), lock=True)
            for name, value in other.items():
                setattr(extended, name, value)
            if extended.is_changed:
                ctx.touch(row)
        for name, value in own.items():
            setattr(row, name, value)
        await self.prepare(ctx, row, {**other, **own})
        return row

    def example(self) -> dict[str, Any] | None:
        """One changed text: the label if it can be, else the first that may be anything."""
        fields = {**self.other, **self.meta.fields}
        named = [self.meta.label, *fields]
        free = [n for n in named if n in fields and fields[n].type is str]
        found = next((n for n in free if _takes(fields[n], _NEW_NAME)), None)
        return {"id": f"${self.meta.name}", found: _NEW_NAME} if found else None


def _takes(field: Field, text: str) -> bool:
    return field.access == "write" and (field.max_length is None or field.max_length >= len(text))


class Archive(Verb):
    """A record put away."""

    name = "archive"
    risk = "w"
    summary = "Put one {en} away: it leaves lists and pickers, its history and references stay."
    en = "Archive {a}; hide {a}; deactivate {a}"
    fr = "Archiver {un}; masquer {un}; mettre de côté {un}"
    event = "updated"
    follow = ("restore",)

    async def run(self, ctx: Any, data: Any) -> Any:
        """Put it away."""
        row = await ctx.get(self.record, data.id, lock=True)
        row.archived_at = row.archived_at or ctx.now
        return row


class Restore(Verb):
    """A record taken back."""

    name = "restore"
    risk = "w"
    summary = "Bring one archived {en} back."
    en = "Restore {a}; unarchive {a}; reactivate {a}"
    fr = "Restaurer {un}; désarchiver {un}; réactiver {un}"
    event = "updated"

    async def run(self, ctx: Any, data: Any) -> Any:
        """Bring it back."""
        row = await ctx.get(self.record, data.id, lock=True)
        row.archived_at = None
        return row


class Delete(Verb):
    """A record removed for good."""

    name = "delete"
    risk = "x"
    summary = "Delete one {en} that nothing refers to; use archive otherwise."
    en = "Delete {a}; remove {a}; erase {a}"
    fr = "Supprimer {un}; effacer {un}; enlever {un}"
    event = "deleted"

    async def run(self, ctx: Any, data: Any) -> Any:
        """Delete it."""
        row = await ctx.get(self.record, data.id, lock=True)
        self._refuse_kept(row)
        refuse_frozen(self.resource, row, self.name)
        await refuse_standing(ctx, row)
        await ctx.delete(row)
        return {"id": Ref(self.meta.name).write(row.id), "deleted": True}

    def _refuse_kept(self, row: Record) -> None:
        lifecycle, state = self.resource.lifecycle, row.__dict__.get(self.meta.state or "")
        if lifecycle and state in self.resource.kept:
            every = {lifecycle.initial, *(one.to for one in lifecycle.steps)}
            raise StateRefused(
                kind=self.meta.name,
                state=state,
                step="delete",
                allowed=sorted(every - set(self.resource.kept)),
                possible=lifecycle.possible(state),
            )

    def shows(self) -> Shows | None:
        """What is gone."""
        return Shows("id")

    def output(self) -> Any:
        """What is gone."""
        properties = {"id": {"type": "string"}, "deleted": {"type": "boolean"}}
        return lambda: {"type": "object", "properties": properties}
