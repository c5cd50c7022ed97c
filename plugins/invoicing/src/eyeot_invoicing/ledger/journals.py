"""Journals: the books that entries are written in."""

from typing import Literal
from uuid import UUID

from eyeot import Conflict, Context, Lifecycle, Record, Resource, Shared, Starting, field, ref, step
from eyeot_invoicing.ledger.accounts import chart
from eyeot_invoicing.reading import BOOKS

JournalKind = Literal["sales", "purchases", "bank", "cash", "general", "opening"]


class Journal(
    Record,
    name="invoicing.journal",
    prefix="jou",
    needs=BOOKS,
    hint=("code",),
    search=("name", "code"),
    exact=("code",),
    unique=(("code",),),
    reach=Shared(),
    state="status",
    sort="code",
):
    """A book of entries."""

    code: str = field("Its code in the FEC, e.g. VE.", access="create", max_length=10)
    name: str = field("Its name.", max_length=100)
    kind: JournalKind = field("What is written in it.", access="create")
    default_account_id: UUID | None = ref(
        "invoicing.ledger_account", "The account of its bank or cash.", default=None
    )
    restricted: bool = field("Whether only the product writes in it.", default=False)
    status: Literal["active", "closed"] = field(
        "Whether entries are still written in it.", access="read", default="active"
    )


lifecycle = Lifecycle(
    "status",
    "active",
    (
        step(
            "close",
            "active",
            to="closed",
            doc="Close a journal: nothing is written in it any more, what is in it stays.",
            en="Close a journal; stop using a journal; end an accounting journal",
            fr="Clore un journal; ne plus utiliser un journal; fermer un journal comptable",
        ),
    ),
)
journals = Resource(
    Journal,
    profile="config",
    adding="search",
    en="journal; journals; accounting journal; book of entries",
    fr="journal; journaux; journal comptable; livre d'écritures",
    lifecycle=lifecycle,
    example={"code": "BQ2", "name": "Banque secondaire", "kind": "bank"},
)
starting_journals = Starting(Journal, key="code", rows=chart()["journal"])


async def journal_of(ctx: Context, kind: JournalKind) -> Journal:
    """The journal in which entries of a kind are written: the first that is in use."""
    c = Journal.c
    in_use = (c.kind == kind, c.status == "active", c.archived_at.is_(None))
    found = await ctx.first(Journal, *in_use, order=c.code)
    if found is None:
        raise Conflict(
            reason=f"There is no journal of kind {kind} in use.",
            remedy=f"Create one with invoicing.journal.create (kind={kind}).",
        )
    return found
