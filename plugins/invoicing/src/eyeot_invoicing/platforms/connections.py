"""Connections: the approved platforms that a house sends and receives e-invoices by."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from pydantic import AfterValidator, Field

from eyeot import (
    Conflict,
    Context,
    Input,
    Lifecycle,
    Record,
    Ref,
    Resource,
    Secret,
    Shared,
    action,
    by_hand,
    field,
    follows,
    invalid,
)
from eyeot_invoicing.reading import BOOKS

ConnectionId = Annotated[UUID, Ref("invoicing.pa_connection")]
Api = Literal["xp_z12_013", "vendor", "chorus_pro"]
SCHEME = "0225:"
_DIGITS = 9


def checked_address(value: str) -> str:
    """An electronic address of the French directory: SIREN, SIREN_SIRET, SIREN_suffix (scheme 0225)."""
    plain = value.strip().removeprefix(SCHEME)
    if (
        not plain[:_DIGITS].isdigit()
        or len(plain) < _DIGITS
        or plain[_DIGITS : _DIGITS + 1] not in ("", "_")
    ):
        raise ValueError(
            "an address begins with a SIREN, e.g. 732829320 or 732829320_73282932000074"
        )
    return plain


Address = Annotated[str, AfterValidator(checked_address), Field(max_length=125)]


class PaConnection(
    Record,
    name="invoicing.pa_connection",
    prefix="pac",
    needs=BOOKS,
    label="platform",
    hint=("environment", "status"),
    search=("platform",),
    reach=Shared(),
    state="status",
    sort="platform",
):
    """An approved platform (plateforme agréée) that this house is connected to."""

    platform: str = field("Its name.", max_length=100)
    api: Api = field(
        "How it is talked to; xp_z12_013: the standard interface of AFNOR; chorus_pro: the State's.",
        access="create",
        default="xp_z12_013",
    )
    environment: Literal["test", "prod"] = field(
        "Its test platform, or the real one.", access="create", default="test"
    )
    electronic_addresses: list[Address] = field(
        "The addresses by which we are reached there; our SIREN when empty.", default=list
    )
    client_id: str | None = field("By which name we are known there.", max_length=200, default=None)
    credentials: str | None = field(
        "Sealed secret.", access="secret", max_length=4000, default=None
    )
    valid_from: date | None = field("Since when we use it.", default=None)
    is_reception_default: bool = field("Whether invoices to us come by it.", default=True)
    tested_at: datetime | None = field("When it last answered.", access="read", default=None)
    polled_at: datetime | None = field(
        "Up to when its messages were fetched.", access="read", default=None
    )
    status: Literal["draft", "tested", "active", "ended"] = field(
        "draft: never answered; active: in use.", access="read", default="draft"
    )


lifecycle = Lifecycle(
    "status",
    "draft",
    (
        by_hand("test", "draft", "tested", to="tested"),
        follows("go_live", "tested", to="active"),
        follows("end", "draft", "tested", "active", to="ended"),
    ),
)


async def prepare(_ctx: Context, row: Any, values: dict[str, Any]) -> None:
    """Refuse credentials of nobody."""
    if values.get("credentials") and not row.client_id:
        raise invalid("client_id", "the secret belongs to a client_id; give it too")


connections = Resource(
    PaConnection,
    profile="config",
    adding="history",
    without="create",
    en="platform connection; platform connections; approved platform; e-invoicing platform",
    fr="connexion à une plateforme; connexions aux plateformes; plateforme agréée; plateforme de facturation",
    gender="f",
    lifecycle=lifecycle,
    prepare=prepare,
)


class NewConnection(Input):
    """A platform, and how it knows us."""

    platform: Annotated[str, Field(min_length=1, max_length=100)]
    api: Api = "xp_z12_013"
    environment: Literal["test", "prod"] = "test"
    electronic_addresses: list[Address] = Field(default_factory=list)
    client_id: Annotated[str, Field(min_length=1, max_length=200)]
    client_secret: Annotated[
        str, Secret, Field(min_length=1, max_length=1000, description="Kept sealed, never shown.")
    ]
    account_login: Annotated[
        str | None,
        Field(max_length=200, description="Of Chorus Pro: its technical account."),
    ] = None
    account_password: Annotated[
        str | None,
        Secret,
        Field(max_length=200, description="Of Chorus Pro: that account's password. Kept sealed."),
    ] = None
    valid_from: date | None = None
    is_reception_default: bool = True


def sealed_of(data: NewConnection) -> str:
    """What is kept sealed: the secret, with the technical account where there is one."""
    if data.api != "chorus_pro":
        return data.client_secret
    if not data.account_login or not data.account_password:
        missing = "account_password" if data.account_login else "account_login"
        raise invalid(missing, "Chorus Pro wants a technical account beside the PISTE application")
    told = {
        "client_secret": data.client_secret,
        "login": data.account_login,
        "password": data.account_password,
    }
    return orjson.dumps(told).decode()


def about(row: PaConnection) -> str:
    """What the secret of a connection is sealed for."""
    return f"invoicing.pa_connection {row.id}"


@action(
    "invoicing.pa_connection.create",
    risk="w",
    en=(
        "Connect an approved platform; add an e-invoicing platform; set up e-invoicing; enter the "
        "platform's credentials"
    ),
    fr=(
        "Connecter une plateforme agréée; ajouter une plateforme de facturation électronique; "
        "configurer la facture électronique; saisir les identifiants de la plateforme"
    ),
    example={"platform": "PA de test", "client_id": "maison", "client_secret": "secret"},
    events=("invoicing.pa_connection.created",),
    permission="invoicing.pa_connection:manage",
    record=PaConnection,
    next=("invoicing.pa_connection.test",),
)
async def create(ctx: Context, data: NewConnection) -> PaConnection:
    """Note a platform and the credentials it gave; the secret is kept sealed. Test it next."""
    same = await ctx.first(
        PaConnection,
        PaConnection.c.platform == data.platform,
        PaConnection.c.environment == data.environment,
        PaConnection.c.archived_at.is_(None),
    )
    if same is not None:
        raise Conflict(
            reason=f"{data.platform} ({data.environment}) is connected already.",
            remedy="Archive that connection first with invoicing.pa_connection.archive.",
            field="platform",
        )
    secrets = {"client_secret", "account_login", "account_password"}
    row = ctx.draft(PaConnection(**data.model_dump(exclude=secrets)))
    row.credentials = ctx.outside.seal(sealed_of(data), about(row))
    return await ctx.add(row)
