"""Services: what a handler asks of the framework beside its own records."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal, TypeVar
from uuid import UUID

from eyeot.declare.access import Reach
from eyeot.declare.contribution import Contribution
from eyeot.declare.mail import Mail
from eyeot.declare.privacy import gather
from eyeot.declare.public import PublicPage
from eyeot.declare.query import Query
from eyeot.declare.record import Record
from eyeot.runtime import linking, merging, public
from eyeot.runtime.filtering import query_of
from eyeot.runtime.mailing import outward
from eyeot.runtime.records import MOST_FOUND, Records
from eyeot.storage.listing import Listing
from eyeot.storage.view import view

C = TypeVar("C", bound=Contribution)


class Services(Records):
    """Records, and what the framework does with them across modules or outside."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.notified: list[dict[str, Any]] = []
        """The notifications and mails that came of it, as effects tell it."""

    @contextmanager
    def _as_system(self) -> Iterator[None]:
        reach, module, self.reach, self.module = self.reach, self.module, Reach.ORGANISATION, ""
        try:
            yield
        finally:
            self.reach, self.module = reach, module

    def offers(self, action: str) -> bool:
        """Whether an action is installed, in use here, and one that the caller may run."""
        return action in self.catalogue.actions and action in self.caller.access.actions

    def contributed(self, kind: type[C]) -> tuple[list[C], list[str]]:
        """What the modules in use here add of a kind, and the permissions that are lacking for the rest."""
        found = [
            one
            for plugin in self.catalogue.plugins
            for one in plugin.contributions()
            if isinstance(one, kind)
        ]
        told = [one for one in found if self.allows(one.permission)]
        return told, sorted({one.permission for one in found if one not in told})

    async def mail(self, mail: Mail) -> UUID:
        """Write an e-mail to somebody outside, which leaves after the commit; its id."""
        return await outward.written(self, mail)

    async def recall(self, mails: Sequence[UUID]) -> list[UUID]:
        """Keep e-mails back that have not left yet; those that were kept back."""
        return await outward.recalled(self, mails)

    def link(self, action: str, arguments: dict[str, Any]) -> str:
        """An address that runs one action with these arguments, for whoever gets it."""
        linked = linking.Linked(self.org_id, action, arguments)
        return linking.made(self.outside, self.public_url, linked)

    def public_link(self, page: PublicPage, id: UUID) -> str:
        """The address of a page about a record, for whoever gets it, as long as the page shows it."""
        return public.made(self.outside, self.public_url, public.Told(self.org_id, page.name, id))

    def filters(self, record: type[Record], given: dict[str, Any], *, path: str = "query") -> Query:
        """The query of conditions written as the arguments of that record's list; `Invalid` else."""
        return query_of(self.catalogue.resources[record.meta.name], given, self.now, path)

    async def matching(
        self,
        record: type[Record],
        query: Query,
        *,
        among: Sequence[UUID] | None = None,
        limit: int = MOST_FOUND,
    ) -> list[UUID]:
        """The ids of the records within reach that meet typed conditions, oldest first."""
        listing = Listing(view(record, self.permissions), query, self.level(record))
        values = {**listing.values, "limit": limit, "among": list(among or ())}
        rows = await self.select(listing.ids(among=among is not None), self.bind(values))
        return [row["id"] for row in rows]

    async def merge(
        self,
        keep: Record,
        drop: Record,
        choices: Mapping[str, Literal["keep", "drop"]] | None = None,
    ) -> dict[str, int]:
        """Make two records of a kind one: whatever names `drop`, in any module, names `keep` then."""
        merging.refuse_same(keep, drop)
        with self._as_system():
            return await merging.merged(self, keep, drop, choices or {})

    async def forget(self, record: Record) -> int:
        """Erase what tells of the person that a record is about, in every module; how many records."""
        every = [one for plugin in self.catalogue.plugins for one in plugin.privacy()]
        handlers = {one.record: one for one in every}
        with self._as_system():
            rows = await gather(self, every, record.meta.name, record.id)  # type: ignore[arg-type]
            for row in rows:
                handler = handlers[type(row)]
                await handler.erase(handler, self, row)  # type: ignore[arg-type]
        return len(rows)
