"""Mentions: what an invoice must say, checked before it is posted; each gap with the action that fills it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import Field

from eyeot import Context, DatedRow, Output, dated
from eyeot_crm.parties import Party
from eyeot_invoicing.invoices.identities import buyer, seller
from eyeot_invoicing.invoices.record import Identity, Invoice, InvoiceLine
from eyeot_sales.trade.lines import COUNTED

_SMALL = ("micro", "sme", None)
_UNTAXED = ("AE", "E", "G", "K", "O")


class MentionRow(DatedRow):
    """A mention, since when it is due, and what fills a gap."""

    code: str
    check: str
    fr: str
    en: str
    article: str
    fix: str
    large_from: date | None = None
    """For large and mid-sized companies, when another day than `valid_from`."""
    small_from: date | None = None
    """For small and micro ones."""

    def due(self, size: str | None, on: date) -> bool:
        """Whether a company of that size must say it on that day."""
        since = self.small_from if size in _SMALL else self.large_from
        return self.holds(on) and (since is None or since <= on)


MENTIONS = dated("eyeot_invoicing.law", "mentions.toml", MentionRow, about="mandatory mentions")


@dataclass(frozen=True, slots=True)
class Facts:
    """What is looked at."""

    invoice: Invoice
    lines: Sequence[InvoiceLine]
    seller: Identity
    buyer: Identity
    house: Any
    due: date | None

    @property
    def counted(self) -> list[InvoiceLine]:
        """The lines with an amount."""
        return [one for one in self.lines if one.kind in COUNTED]

    @property
    def categories(self) -> set[str]:
        """The VAT categories on it."""
        return {one.tax_category or "" for one in self.counted}


def _domestic_business(facts: Facts) -> bool:
    return facts.buyer.is_taxable_person and facts.buyer.country == "FR"


def _corrects(invoice: Invoice) -> bool:
    return invoice.origin is not None and invoice.origin.kind == invoice.meta.name


CHECKS: dict[str, Callable[[Facts], bool]] = {
    "seller_name": lambda f: bool(f.seller.name),
    "seller_address": lambda f: bool(f.seller.line1 and f.seller.city),
    "seller_siren": lambda f: bool(f.seller.siren),
    "seller_legal_form": lambda f: bool(f.seller.legal_form),
    "seller_capital": lambda f: bool(f.seller.share_capital) or not f.house.is_company,
    "seller_rcs": lambda f: bool(f.seller.rcs_city) or not f.house.is_registered,
    "seller_vat": lambda f: bool(f.seller.vat_number) or f.house.vat_regime == "franchise",
    "buyer_name": lambda f: bool(f.buyer.name),
    "buyer_address": lambda f: bool(f.buyer.line1 and f.buyer.city),
    "buyer_siren": lambda f: bool(f.buyer.siren) or not _domestic_business(f),
    "buyer_vat": lambda f: bool(f.buyer.vat_number) or not f.categories & {"K", "AE"},
    "lines": lambda f: bool(f.counted) and all(one.unit_price is not None for one in f.counted),
    "vat_rate": lambda f: all(
        one.tax_category and one.tax_percent is not None for one in f.counted
    ),
    "vat_exemption": lambda f: all(
        one.exemption_code or one.exemption_reason
        for one in f.counted
        if one.tax_category in _UNTAXED
    ),
    "corrected": lambda f: getattr(f.invoice, "kind", None) != "corrective" or _corrects(f.invoice),
    "nature": lambda f: f.invoice.operation_nature is not None,
    "due_date": lambda f: f.due is not None,
}


class Gap(Output):
    """Something that the law wants on the invoice and that is not there."""

    code: str
    missing: str
    article: str
    fix: Annotated[str, Field(description="The action that fills it.")]


def gaps(facts: Facts, on: date, locale: str) -> list[Gap]:
    """Every gap, in the order of the law."""
    size = facts.house.size_class
    return [
        Gap(
            code=one.code,
            missing=one.fr if locale.startswith("fr") else one.en,
            article=one.article,
            fix=one.fix,
        )
        for one in MENTIONS.rows
        if one.due(size, on) and not CHECKS[one.check](facts)
    ]


async def of_seller(ctx: Context) -> list[tuple[MentionRow, bool]]:
    """What every invoice of ours must say of us, and whether we could."""
    house, own = await ctx.organization(), await seller(ctx)
    nobody: Any = None
    facts = Facts(invoice=nobody, lines=(), seller=own, buyer=own, house=house, due=None)
    return [
        (one, CHECKS[one.check](facts))
        for one in MENTIONS.rows
        if one.code.startswith("seller.") and one.due(house.size_class, ctx.today)
    ]


async def looked_at(ctx: Context, invoice: Invoice, lines: Sequence[InvoiceLine]) -> Facts:
    """What the mentions of an invoice are checked on."""
    return Facts(
        invoice=invoice,
        lines=lines,
        seller=await seller(ctx),
        buyer=buyer(await ctx.get(Party, invoice.party_id, beyond=True), invoice.buyer_siren),
        house=await ctx.organization(),
        due=invoice.due_date,
    )
