"""Determining: which VAT a sale or purchase bears, and why."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from eyeot import Conflict, Context
from eyeot_crm.parties import Party
from eyeot_sales.catalogue.products import Product
from eyeot_sales.taxes.cases import Case, Direction, Nature, Treatment
from eyeot_sales.taxes.decision import Rule, decide
from eyeot_sales.taxes.objects import TaxObject
from eyeot_sales.taxes.parties import Other, Side, of_other, of_party, own_side
from eyeot_sales.taxes.rates import BOUGHT, Level, TaxRate
from eyeot_sales.taxes.zones import Place, Zone, territory_of, zone_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """One line of a sale or purchase, as far as its VAT depends on it."""

    on: date
    """The day on which VAT is due: of delivery or payment, as far as it is known."""
    party_id: UUID | None = None
    """The customer, or the supplier of a purchase."""
    other: Other | None = None
    """The same, where it is no party yet; left out, a consumer in mainland France."""
    product_id: UUID | None = None
    tax_rate_id: UUID | None = None
    """The VAT rate that the line bears in mainland France; left out, the product's."""
    nature: Nature | None = None
    """Left out, goods or services as the product is."""
    tax_object: TaxObject | None = None
    """Left out, the product's."""
    ship_to: Place | None = None
    """Where goods go, or the works, meal or event is; left out, the buyer's address."""
    ship_from: Place | None = None
    """Where goods leave from; left out, the seller's address."""
    direction: Direction = "sale"
    distance: bool = False
    """Whether sales to consumers of other Member States are above 10,000 € a year, or under the option."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a determination came from: enough to explain it, whatever was changed since."""

    case: Case
    on: date
    country: str
    """Where goods arrive or the service is taxed."""
    level: Level
    tax_object: TaxObject
    own_code: str | None = None
    on_debits: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Determination:
    """The VAT of a line, and why."""

    tax_rate_id: UUID
    code: str
    rate: Decimal
    """In percent."""
    category: str
    """Of EN 16931."""
    exemption_code: str | None
    mention: str | None
    """What the invoice must say, in the language that was asked for."""
    payable_on: Literal["debits", "payment"]
    """debits: VAT falls due on delivery or invoicing; payment: when the customer pays (CGI art. 269)."""
    rule: str
    article: str
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    question: Question | None = field(default=None, repr=False)


_TREATMENT: dict[str, Treatment] = {"E": "exempt", "O": "outside", "AE": "subcontracting"}
_MARGIN = frozenset({"VATEX-EU-D", "VATEX-EU-F", "VATEX-EU-I", "VATEX-EU-J"})
"""Margin schemes: travel agents, second-hand goods, works of art, antiques (VATEX code list)."""
_BY_LEVEL = ("level", "mainland", "country")
_NATURES: dict[str, Nature] = {
    "goods": "goods",
    "kit": "goods",
    "service": "services",
    "subscription": "services",
}


@dataclass(frozen=True, slots=True)
class Sides:
    """Seller and buyer, looked up once for a document and used for each of its lines."""

    seller: Side
    buyer: Side


async def sides_of(ctx: Context, sale: Sale) -> Sides:
    """Who sells and who buys."""
    us, them = await own_side(ctx), await _them(ctx, sale)
    return Sides(us, them) if sale.direction == "sale" else Sides(them, us)


async def determine(
    ctx: Context, sale: Sale, language: str = "", sides: Sides | None = None
) -> Determination:
    """The VAT of a sale or purchase; refused, with what to do, where nothing can be said.

    `sides`: as `sides_of` told them for the same document.
    """
    question, own = await ask(ctx, sale, sides or await sides_of(ctx, sale))
    return await answer(ctx, question, own, language or ctx.locale)


async def ask(ctx: Context, sale: Sale, sides: Sides) -> tuple[Question, TaxRate | None]:
    """The plain question of a sale, and the row that its product bears."""
    product = await ctx.get(Product, sale.product_id, beyond=True) if sale.product_id else None
    own = await _own_rate(ctx, sale, product)
    seller, buyer = sides.seller, sides.buyer
    nature = sale.nature or _NATURES[product.kind if product else "service"]
    target = sale.ship_to or buyer.ships_to or buyer.place
    case = Case(
        direction=sale.direction,
        seller=zone_of(seller.place),
        origin=_for_goods(seller, sale.ship_from or seller.place),
        buyer_zone=zone_of(buyer.place),
        arrival=_for_goods(buyer, target) if nature == "goods" else zone_of(target),
        buyer=buyer.buyer,
        scheme=seller.scheme,
        nature=nature,
        treatment=_treatment(own),
        distance=sale.distance,
    )
    located = nature in ("goods", "immovable", "on_site")
    question = Question(
        case=case,
        on=sale.on,
        country=(target if located else buyer.place).country,
        level=(own.level if own else None) or "standard",
        tax_object=sale.tax_object or (product.tax_object if product else "general"),
        own_code=own.code if own else None,
        on_debits=seller.on_debits,
    )
    return question, own


def _for_goods(side: Side, place: Place) -> Zone:
    return "eu" if side.northern and place.country == "GB" else zone_of(place)


def _treatment(own: TaxRate | None) -> Treatment:
    if own is None:
        return "taxable"
    if own.exemption_code in _MARGIN:
        return "margin"
    return _TREATMENT.get(own.category, "taxable")


async def _own_rate(ctx: Context, sale: Sale, product: Product | None) -> TaxRate | None:
    id = sale.tax_rate_id or (product.tax_rate_id if product else None)
    return await ctx.get(TaxRate, id) if id else None


async def _them(ctx: Context, sale: Sale) -> Side:
    if sale.party_id:
        return of_party(await ctx.get(Party, sale.party_id, beyond=True))
    return of_other(sale.other or Other())


async def answer(
    ctx: Context, question: Question, own: TaxRate | None, language: str
) -> Determination:
    """The row that the rule of a question gives, and what follows from it."""
    rule = decide(question.case)
    if rule.refuse:
        raise Conflict(reason=f"{rule.refuse} ({rule.article})", remedy=rule.remedy)
    row = await _row(ctx, question, rule, own)
    french = language.startswith("fr")
    mention = row.mention if french or not row.mention_en else row.mention_en
    chosen = rule.give in ("own", *_BY_LEVEL)
    return Determination(
        tax_rate_id=row.id,
        code=row.code,
        rate=row.rate,
        category=row.category,
        exemption_code=row.exemption_code,
        mention=mention,
        payable_on=_payable_on(question, row),
        rule=rule.id,
        article=(row.article if chosen else None) or rule.article,
        reasons=(rule.told(language), *_reasons(question, row, french=french)),
        warnings=tuple(_warnings(question, row, french=french)),
        question=question,
    )


def _payable_on(question: Question, row: TaxRate) -> Literal["debits", "payment"]:
    if row.payable_on:
        return row.payable_on
    goods = question.case.nature == "goods"
    return "debits" if goods or question.on_debits or row.category == "AE" else "payment"


def _reasons(question: Question, row: TaxRate, *, french: bool) -> list[str]:
    case = question.case
    if french:
        told = f"Vendeur : {case.seller} ; acheteur : {case.buyer_zone} ({case.buyer}) ; "
        told += f"nature : {case.nature} ; lieu d'imposition : {case.place} ; le {question.on}."
        return [told, f"Régime retenu : {row.name} ({row.code})."]
    told = f"Seller: {case.seller}; buyer: {case.buyer_zone} ({case.buyer}); "
    told += f"nature: {case.nature}; place of taxation: {case.place}; on {question.on}."
    return [told, f"VAT row: {row.name} ({row.code})."]


def _warnings(question: Question, row: TaxRate, *, french: bool) -> list[str]:
    if row.mention is None or row.mention_until is None or question.on <= row.mention_until:
        return []
    if french:
        return [f"La référence de cette mention n'est admise que jusqu'au {row.mention_until}."]
    return [f"The reference in this mention is tolerated until {row.mention_until} only."]


async def _row(ctx: Context, question: Question, rule: Rule, own: TaxRate | None) -> TaxRate:
    if rule.give == "own":
        if own is None:
            raise Conflict(
                reason=f"The VAT row {question.own_code} is not there any more.",
                remedy="Determine the VAT again with sales.tax_rate.determine.",
            )
        return await _own_row(ctx, question, own)
    if rule.give in _BY_LEVEL:
        return await _level_row(ctx, question, rule.give, own)
    prefix = BOUGHT if question.case.direction == "purchase" else ""
    return await _coded_row(ctx, question, prefix + rule.give)


async def _own_row(ctx: Context, question: Question, own: TaxRate) -> TaxRate:
    """The product's own row, or its like for purchases."""
    if own.scope == question.case.direction:
        return own if _holds(own, question.on) else await _coded_row(ctx, question, own.code)
    twin = BOUGHT + own.code if own.scope == "sale" else own.code.removeprefix(BOUGHT)
    return await _coded_row(ctx, question, twin)


def _holds(row: TaxRate, on: date) -> bool:
    in_time = row.valid_from <= on and (row.valid_to is None or on <= row.valid_to)
    return in_time and row.archived_at is None


def _on(day: date) -> tuple[Any, ...]:
    c = TaxRate.c
    return (
        c.valid_from <= day,
        c.valid_to.is_(None) | (c.valid_to >= day),
        c.archived_at.is_(None),
    )


async def _coded_row(ctx: Context, question: Question, code: str) -> TaxRate:
    """The row of a code, or the one that replaced it by that day."""
    row = await ctx.first(TaxRate, TaxRate.c.code == code)
    seen: set[UUID] = set()
    while row is not None and not _holds(row, question.on) and row.id not in seen:
        seen.add(row.id)
        row = await ctx.first(TaxRate, TaxRate.c.replaces_id == row.id)
    if row is None or not _holds(row, question.on):
        raise Conflict(
            reason=f"There is no VAT row {code} for {question.on}.",
            remedy="Restore it (sales.tax_rate.restore), or create one whose replaces_id names it.",
        )
    return row


async def _level_row(ctx: Context, question: Question, give: str, own: TaxRate | None) -> TaxRate:
    """The rate of the product's level, or of what it is, where it is taxed."""
    case, c = question.case, TaxRate.c
    territory = {"mainland": "metropole", "country": "eu"}.get(give) or territory_of(case.place)
    where = [c.scope == case.direction, c.territory == territory, c.category.in_(("S", "Z"))]
    where.append(c.country == question.country if give == "country" else c.country.is_(None))
    where += _on(question.on)
    if (
        own
        and own.territory == territory
        and own.scope == case.direction
        and _holds(own, question.on)
    ):
        return own
    found: TaxRate | None = None
    if question.tax_object != "general":
        found = await ctx.first(TaxRate, *where, c.tax_object == question.tax_object)
    general = (c.level == question.level, c.tax_object == "general")
    found = found or await ctx.first(TaxRate, *where, *general, order=c.valid_from.desc())
    if found is None:
        named = f"of {question.country}" if give == "country" else f"for {territory}"
        raise Conflict(
            reason=f"There is no {question.level} VAT rate {named} on {question.on}.",
            remedy=(
                f"Create it with sales.tax_rate.create (territory={territory}, level={question.level}"
                + (f", country={question.country}" if give == "country" else "")
                + ")."
            ),
        )
    return found
