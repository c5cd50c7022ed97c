"""Organizations: the companies that use this deployment."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from eyeot.declare.action import action
from eyeot.declare.context import Context
from eyeot.declare.event import Event
from eyeot.declare.field import field
from eyeot.declare.governing import Governs
from eyeot.declare.model import Input, Ref
from eyeot.declare.money import Money
from eyeot.declare.problem import invalid
from eyeot.declare.reach import Shared
from eyeot.declare.record import Record
from eyeot.declare.resource import Resource
from eyeot.declare.types import Currency, Locale, Siren, Timezone, VatNumber
from eyeot.platform.legal_forms import form_of

VatRegime = Literal["normal_monthly", "normal_quarterly", "simplified", "franchise"]


class Organization(
    Record,
    name="core.organization",
    prefix="org",
    label="legal_name",
    search=("legal_name", "trade_name"),
    exact=("siren", "vat_number"),
    reach=Shared(),
    governs=Governs(only=frozenset({"archived_at"})),
):
    """The company whose books, people and customers these are."""

    legal_name: str = field("Its name as registered.", max_length=200)
    trade_name: str | None = field("The name it trades under.", max_length=200, default=None)
    legal_form: str | None = field("SARL, SAS, SA, EI…", max_length=60, default=None)
    siren: Siren | None = field("Its SIREN.", default=None)
    vat_number: VatNumber | None = field("Its intra-community VAT number.", default=None)
    naf_code: str | None = field("Its NAF (APE) code, e.g. 46.69B.", max_length=6, default=None)
    rcs_city: str | None = field("City of its trade register.", max_length=100, default=None)
    share_capital: Money | None = field("Its share capital.", default=None)
    currency: Currency = field("The currency of its books.", default="EUR")
    fiscal_year_start: str = field(
        "Month and day its fiscal year starts, MM-DD.", max_length=5, default="01-01"
    )
    vat_regime: VatRegime | None = field("How it declares VAT.", access="read", default=None)
    vat_on_debits: bool = field(
        "Whether VAT on services falls due on invoicing.", access="read", default=False
    )
    vat_regime_from: date | None = field("Since when.", access="read", default=None)
    size_class: Literal["micro", "sme", "eti", "large"] | None = field(
        "Its size class.", default=None
    )
    locale: Locale = field("Language of its documents.", default="fr")
    timezone: Timezone = field("Its time zone.", default="Europe/Paris")

    @property
    def is_company(self) -> bool:
        """Whether it is a company with a capital, and no sole trader, association or public body."""
        form = form_of(self.legal_form)
        return form.capital if form else bool(self.legal_form)

    @property
    def is_registered(self) -> bool:
        """Whether it stands in the trade register, whose city its papers name."""
        form = form_of(self.legal_form)
        return form.registered if form else bool(self.legal_form)


class VatRegimeChanged(Event, name="core.organization.vat_regime_changed"):
    """The VAT regime or the option for debits changed from a date."""

    organization_id: Annotated[UUID, Ref("core.organization")]
    effective_from: date
    vat_regime: str
    vat_on_debits: bool


class SetVatRegime(Input):
    """A VAT regime from a date."""

    id: Annotated[UUID, Ref("core.organization")]
    effective_from: date
    vat_regime: VatRegime
    vat_on_debits: bool = False


@action(
    "core.organization.set_vat_regime",
    risk="w",
    en=(
        "Set the VAT regime; change VAT periodicity; VAT on debits option; switch to monthly or "
        "quarterly VAT"
    ),
    fr=(
        "Définir le régime de TVA; changer la périodicité de TVA; option TVA sur les débits; "
        "passer à la TVA mensuelle ou trimestrielle; régime réel ou franchise"
    ),
    example={
        "id": "$core.organization",
        "effective_from": "2027-01-01",
        "vat_regime": "normal_quarterly",
        "vat_on_debits": True,
    },
    events=("core.organization.vat_regime_changed",),
    cuts=True,
    record=Organization,
)
async def set_vat_regime(ctx: Context, data: SetVatRegime) -> Organization:
    """Change the VAT regime or the option for debits from a date; earlier periods keep theirs.

    Source: CGI art. 287 (periodicity), art. 269-2-c (debits).
    """
    organization = await ctx.get(Organization, data.id, lock=True)
    if organization.vat_regime_from and data.effective_from < organization.vat_regime_from:
        raise invalid(
            "effective_from",
            f"the present regime runs from {organization.vat_regime_from}; not before it",
        )
    if data.vat_regime == "franchise" and data.vat_on_debits:
        raise invalid(
            "vat_on_debits",
            "a franchise (CGI art. 293 B) charges no VAT, so there is no option for debits",
        )
    organization.vat_regime = data.vat_regime
    organization.vat_on_debits = data.vat_on_debits
    organization.vat_regime_from = data.effective_from
    ctx.emit(
        VatRegimeChanged(
            organization_id=organization.id,
            effective_from=data.effective_from,
            vat_regime=data.vat_regime,
            vat_on_debits=data.vat_on_debits,
        )
    )
    return organization


async def prepare(_ctx: Context, _row: Any, values: dict[str, Any]) -> None:
    """Check the fiscal year's start."""
    start = values.get("fiscal_year_start")
    if start is not None:
        try:
            date.fromisoformat(f"2001-{start}")
        except ValueError:
            raise invalid("fiscal_year_start", "write month and day as MM-DD, e.g. 01-01") from None


organizations = Resource(
    Organization,
    adding="list get update archive restore history attach_document list_documents",
    en="organization; organizations; company settings",
    fr="organisation; organisations; société; paramètres de l'entreprise",
    gender="f",
    prepare=prepare,
    surfaces={"archive": "operator", "restore": "operator"},
    unlicensed=("archive",),
)


class NewOrganization(Input):
    """An organisation to open, and its settings."""

    legal_name: Annotated[str, Field(min_length=1, max_length=200)]
    trade_name: Annotated[str | None, Field(max_length=200)] = None
    legal_form: Annotated[str | None, Field(max_length=60)] = None
    siren: Siren | None = None
    vat_number: VatNumber | None = None
    naf_code: Annotated[str | None, Field(max_length=6)] = None
    rcs_city: Annotated[str | None, Field(max_length=100)] = None
    share_capital: Money | None = None
    currency: Currency = "EUR"
    locale: Locale = "fr"
    timezone: Timezone = "Europe/Paris"


class Opened(Event, name="core.organization.opened"):
    """An organisation began to work here."""

    organization_id: Annotated[UUID, Ref("core.organization")]


@action(
    "core.organization.create",
    risk="w",
    en="Create an organisation; open a company",
    fr="Créer une organisation; ouvrir une société",
    surface="operator",
    events=("core.organization.opened",),
    record=Organization,
)
async def create(ctx: Context, data: NewOrganization) -> Organization:
    """Open an organisation, with the roles it starts with."""
    row = Organization(**data.model_dump())
    row.__dict__["id"] = ctx.org_id
    row.__dict__["share_capital"] = data.share_capital
    await ctx.add(row)
    ctx.emit(Opened(organization_id=row.id))
    return row
