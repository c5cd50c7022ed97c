"""Licences: what the vendor signed for this organisation, and what it still allows."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
import sqlalchemy as sa
from pydantic import Field

from eyeot.declare.action import action
from eyeot.declare.context import Context
from eyeot.declare.event import Event
from eyeot.declare.field import field
from eyeot.declare.governing import Governs
from eyeot.declare.identifiers import Shows
from eyeot.declare.ids import encode
from eyeot.declare.licence import SOLD, Pack
from eyeot.declare.model import Input, Output, Ref
from eyeot.declare.problem import Conflict, invalid
from eyeot.declare.reach import Shared
from eyeot.declare.record import Record
from eyeot.declare.resource import Resource
from eyeot.platform.documents import Document
from eyeot.platform.organizations import Organization

_LONGEST_KEY = 8_000


class Licence(
    Record,
    name="core.licence",
    prefix="lic",
    label="holder",
    hint=("plan",),
    reach=Shared(),
    archivable=False,
    governs=Governs(),
):
    """The licence of this organisation; without one it is on the individual plan: one person, free."""

    number: str = field("Its number at the vendor's.", access="read", max_length=100)
    holder: str = field("Whom the vendor made it out to.", access="read", max_length=200)
    plan: Literal["team", "trial"] = field("Its plan.", access="read")
    seats: int = field("How many people may be active; keys and agents are free.", access="read")
    modules: list[str] = field("The modules it includes; * for all.", access="read", default=list)
    issued_at: datetime = field("When the vendor signed it.", access="read")
    valid_from: datetime = field("Since when it is valid.", access="read")
    valid_until: datetime = field("Until when it is valid.", access="read")
    grace_days: int = field("Days that one may go on writing after that.", access="read", default=0)
    signed_by: str = field("The vendor's key that signed it.", access="read", max_length=100)
    signed: str = field("The licence as it was signed.", access="secret", max_length=_LONGEST_KEY)


# One an organisation: a new one takes the place of the last, whose history stays.
sa.Index("uq_core_licence_org", Licence.c.org_id, unique=True)

licences = Resource(
    Licence,
    adding="list get history",
    en="licence; licences; license",
    fr="licence; licences",
    gender="f",
)


class Activated(Event, name="core.licence.activated"):
    """A licence took effect."""

    licence_id: Annotated[UUID, Ref("core.licence")]
    plan: str
    seats: int
    valid_until: datetime


class LicenceKey(Input):
    """A licence as the vendor sent it."""

    key: Annotated[
        str, Field(min_length=20, max_length=_LONGEST_KEY, description="The text of the file.")
    ]


@action(
    "core.licence.activate",
    risk="w",
    example={"key": "$licence"},
    en="Activate a licence; install a licence file; enter a licence key",
    fr="Activer une licence; installer un fichier de licence; saisir une clé de licence",
    surface="human",
    permission="core:admin",
    unlicensed=True,
    events=("core.licence.activated",),
    record=Licence,
    next=("core.licence.check",),
)
async def activate(ctx: Context, data: LicenceKey) -> Licence:
    """Install a licence, checked offline by its signature; it must be made out to this organisation."""
    text = "".join(data.key.split())
    pack = ctx.signed_licence(text)
    _check(ctx, pack)
    row = await ctx.first(Licence)
    if row is not None and row.signed != text and row.issued_at > pack.issued_at:
        raise Conflict(
            reason=f"The present licence was signed later, on {row.issued_at:%Y-%m-%d}.",
            remedy="Install the newest file that the vendor sent.",
        )
    told = _fields(pack, text)
    if row is None:
        row = await ctx.add(Licence(**told))
    else:
        for name, value in told.items():
            setattr(row, name, value)
    ctx.emit(
        Activated(licence_id=row.id, plan=pack.plan, seats=pack.seats, valid_until=pack.valid_until)
    )
    return row


def _check(ctx: Context, pack: Pack) -> None:
    """Refuse a licence that is another's, or over."""
    ours = encode("org", ctx.org_id)
    if pack.org != ours:
        raise invalid("key", f"is made out to {pack.org}; this organisation is {ours}")
    if pack.ends <= ctx.licence.at(ctx.now):
        raise invalid("key", f"ended on {pack.ends:%Y-%m-%d}")


def _fields(pack: Pack, text: str) -> dict[str, Any]:
    return {
        "number": pack.id,
        "holder": pack.holder,
        "plan": pack.plan,
        "seats": pack.seats,
        "modules": list(pack.modules),
        "issued_at": pack.issued_at,
        "valid_from": pack.valid_from,
        "valid_until": pack.valid_until,
        "grace_days": pack.grace_days,
        "signed_by": pack.key,
        "signed": text,
    }


class Nothing(Input):
    """No argument."""


class Seats(Output):
    """Who counts, of how many."""

    used: int
    of: int


class Standing(Output):
    """What the organisation may do at present."""

    licence_id: Annotated[UUID, Ref("core.licence")] | None = None
    plan: str
    state: str
    seats: Seats
    modules: list[str]
    valid_from: str | None = None
    valid_until: str | None = None
    grace_until: str | None = None
    writes: bool
    """Whether anything can be changed now."""


@action(
    "core.licence.check",
    risk="r",
    en="Check the licence; how many seats are used; when does the licence end",
    fr="Vérifier la licence; combien de places utilisées; fin de la licence",
    example={},
    record=Licence,
    next=("core.licence.request_renewal",),
)
async def check(ctx: Context, data: Nothing) -> Standing:  # noqa: ARG001 - takes no argument
    """Show the plan, its state, the seats used and the modules that may be changed."""
    row = await ctx.first(Licence)
    told = ctx.licence.told(ctx.now)
    people = ctx.licence.people <= ctx.licence.seats
    writes = people and told["state"] not in ("expired", "untrusted")
    return Standing(licence_id=row.id if row else None, writes=writes, **told)


class Renewal(Input):
    """What is wanted."""

    plan: Annotated[Literal["team", "trial"], Field(description="The plan.")] = "team"
    seats: Annotated[int, Field(ge=1, le=1_000_000, description="For how many people.")]
    modules: Annotated[
        list[Literal["crm", "sales", "invoicing", "stock", "tickets", "hr", "intelligence"]],
        Field(
            default_factory=list,
            max_length=len(SOLD),
            description="Which modules; all when empty.",
        ),
    ]


class Requested(Output):
    """A request to send to the vendor."""

    document_id: Annotated[UUID, Ref("core.document")]
    filename: str
    request: Annotated[dict[str, Any], Shows("organisation")]


@action(
    "core.licence.request_renewal",
    risk="e",
    en="Request a licence renewal; ask for more seats; extend the licence",
    fr="Demander le renouvellement de la licence; plus de places; prolonger la licence",
    example={"plan": "team", "seats": 12},
    permission="core:admin",
    unlicensed=True,
    record=Licence,
    next=("core.document.get_download_link",),
)
async def request_renewal(ctx: Context, data: Renewal) -> Requested:
    """Prepare the request that a person sends to the vendor, as a document; nothing is sent."""
    organisation = await ctx.get(Organization, ctx.org_id)
    request = {
        "organisation": encode("org", ctx.org_id),
        "holder": organisation.legal_name,
        "siren": organisation.siren,
        "plan": data.plan,
        "seats": data.seats,
        "modules": [*data.modules] if data.modules else ["*"],
        "people": ctx.licence.people,
        "asked_on": ctx.today.isoformat(),
    }
    filename = f"licence-request-{ctx.today.isoformat()}.json"
    content = orjson.dumps(request, option=orjson.OPT_INDENT_2)
    row = await Document.filed(ctx, content, filename)
    return Requested(document_id=row.id, filename=filename, request=request)
