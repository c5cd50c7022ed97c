"""Verbs: what turns a resource into an action."""

from collections.abc import Callable
from typing import Annotated, Any, ClassVar, TypeVar
from uuid import UUID

from pydantic import BaseModel, create_model

from eyeot.declare.action import Action, Risk, SurfaceRule, words
from eyeot.declare.identifiers import Shows
from eyeot.declare.model import Input, Ref
from eyeot.declare.resource import Resource

T = TypeVar("T", bound=str)
_STRICTEST: tuple[SurfaceRule, ...] = ("operator", "human")
_VOWELS = frozenset("aeiouyhàâéèêëîïôœù")


class Names:
    """A resource's nouns, in French with their articles."""

    def __init__(self, resource: Resource) -> None:
        noun = resource.record.meta.noun.replace("_", " ")
        self.en, self.en_all, *self.en_more = [*_split(resource.en or f"{noun}; {noun}s")]
        self.fr, self.fr_all, *self.fr_more = [*_split(resource.fr or f"{noun}; {noun}s")]
        feminine = resource.gender == "f"
        self.un = f"{'une' if feminine else 'un'} {self.fr}"
        elided = self.fr[0].lower() in _VOWELS
        article = "la" if feminine else "le"
        self.du = f"de l'{self.fr}" if elided else f"{'de la' if feminine else 'du'} {self.fr}"
        self.le = f"l'{self.fr}" if elided else f"{article} {self.fr}"
        self.a = f"{'an' if self.en[0].lower() in 'aeiou' else 'a'} {self.en}"

    def fill(self, text: str) -> str:
        """A template with the nouns in it."""
        return text.format(
            en=self.en,
            en_all=self.en_all,
            a=self.a,
            fr=self.fr,
            fr_all=self.fr_all,
            un=self.un,
            le=self.le,
            du=self.du,
        )


def _split(text: str) -> list[str]:
    label, others = words(text)
    return [label, *(others or (label + "s",))]


def _parts(text: str) -> list[str]:
    return [one.strip() for one in text.split(";") if one.strip()]


class Verb:
    """One standard verb of one resource: the class says what is common, `model` and `run` do the work."""

    name: ClassVar[str]
    risk: ClassVar[Risk] = "r"
    summary: ClassVar[str]
    en: ClassVar[str]
    fr: ClassVar[str]
    single: ClassVar[bool] = False
    takes: ClassVar[frozenset[str]] = frozenset()
    event: ClassVar[str] = ""
    follow: ClassVar[tuple[str, ...]] = ()
    beside: ClassVar[bool] = False
    """It writes what hangs on the record, and not the record."""
    unlicensed: ClassVar[bool] = False
    writes: ClassVar[str] = ""
    """The verb that it does many times over, whose surface and permission are its own too."""
    like: ClassVar[tuple[str, ...]] = ()
    """The verbs that it amounts to, whose surface is its own too."""

    def __init__(self, resource: Resource) -> None:
        self.resource = resource
        self.record = resource.record
        self.meta = resource.record.meta

    def model(self) -> type[BaseModel]:
        """Its arguments: by default the record's id."""
        return self.made(id=(Annotated[UUID, Ref(self.meta.name)], ...))

    def made(self, **fields: Any) -> type[BaseModel]:
        """An input model of these fields."""
        title = f"{self.name.title()}{self.meta.noun.title().replace('_', '')}"
        made: type[BaseModel] = create_model(title, __base__=Input, **fields)
        return made

    async def run(self, ctx: Any, data: Any) -> Any:
        """Do it."""
        raise NotImplementedError

    def output(self) -> Any:
        """What it answers: by default the record."""
        return self.record

    def shows(self) -> Shows | None:
        """Where its answer shows identifiers, when the answer is no record."""
        return None

    def example(self) -> dict[str, Any] | None:
        """Arguments that run on the demo company; `$crm.lead` stands for the id of one."""
        return {"id": f"${self.meta.name}"}

    def _of(self, told: dict[str, T], otherwise: T) -> T:
        """What the resource says of the verb, or of the one it does many times."""
        return told.get(self.name) or told.get(self.writes) or otherwise

    def _surface(self) -> SurfaceRule:
        """Its own, or the strictest of what it amounts to."""
        told = self.resource.surfaces
        if self.name in told:
            return told[self.name]
        amounts = {told.get(one, "any") for one in (self.writes, *self.like)}
        return next((one for one in _STRICTEST if one in amounts), "any")

    def _cuts(self) -> bool:
        """Whether it leaves what a governing record gives as it is, or takes of it."""
        governs = self.meta.governs
        if governs is None or self.beside:
            return self.beside
        if self.name == "update":
            fields = self.meta.fields.values()
            return not any(governs.decides(one.name) for one in fields if one.access == "write")
        return {"archive": governs.archiving, "delete": governs.deleting}.get(self.name, False)

    def _several(self) -> bool:
        """Whether more than one statement answers it."""
        return self.resource.partitioned or (self.name == "get" and self.resource.lines is not None)

    def action(self) -> Action:
        """The action."""
        names = Names(self.resource)
        said_en, said_fr = (_parts(one) for one in self.resource.said.get(self.name, ("", "")))
        example = self.example()
        full = f"{self.meta.name}.{self.name}"
        return Action(
            name=full,
            summary=names.fill(self.summary),
            handler=self.run,
            build_input=self.model,
            output=self.output(),
            risk=self.risk,
            en="; ".join([names.fill(self.en), *names.en_more, *said_en]),
            fr="; ".join([names.fill(self.fr), *names.fr_more, *said_fr]),
            permission=self._of(self.resource.permissions, ""),
            surface=self._surface(),
            cuts=self._cuts(),
            kind="generic",
            record=self.record,
            events=(f"{self.meta.name}.{self.event}",) if self.event else (),
            examples=(example,) if example is not None else (),
            single=self.single and not self._several(),
            unlicensed=self.unlicensed or self.name in self.resource.unlicensed,
            fresh=self.name in self.resource.fresh or self.writes in self.resource.fresh,
            reserved=self.takes,
            shows=self.shows(),
            next=tuple(
                f"{self.meta.name}.{verb}" for verb in self.follow if verb in self.resource.verbs
            ),
        )


Run = Callable[[Any, Any], Any]
