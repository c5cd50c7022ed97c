"""Readiness: what is missing before a first legal invoice, each gap with the action that fills it."""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import Field as Limits

from eyeot.declare.action import action
from eyeot.declare.context import Context
from eyeot.declare.contribution import Point, Readiness, readiness
from eyeot.declare.model import Input, Output
from eyeot.platform.establishments import Establishment
from eyeot.platform.organizations import Organization
from eyeot.platform.sequences import Sequence, Span, check_gaps

_TO_SITE = (
    "core.establishment.create(is_head_office=true, siret=…, address=…) or "
    "core.establishment.update(address=…)"
)


class Nothing(Input):
    """Nothing is asked."""


class Item(Output):
    """One thing that must be there."""

    code: str
    label: str
    done: bool
    blocks: Annotated[bool, Limits(description="Whether no invoice is legal without.")]
    fix: Annotated[str, Limits(description="The action that puts it there.")]
    article: str = ""


class Checked(Output):
    """Every point, what is missing first, and whether an invoice may be made."""

    ready: bool
    missing: Annotated[int, Limits(description="Points not done, also those that block nothing.")]
    points: list[Item]
    unseen: Annotated[
        list[str], Limits(description="Permissions you lack, without which more could not be seen.")
    ]


@action(
    "core.organization.check_readiness",
    risk="r",
    en=(
        "Is the company ready to invoice; what is missing before the first invoice; set-up checklist; "
        "are we ready for legal invoices; onboarding checklist"
    ),
    fr=(
        "L'entreprise est-elle prête à facturer; que manque-t-il avant la première facture; liste de mise "
        "en route; sommes-nous en règle pour facturer; paramétrage restant à faire"
    ),
    example={},
    record=Organization,
    next=("core.organization.update", "core.organization.get_compliance_calendar"),
)
async def check_readiness(ctx: Context, data: Nothing) -> Checked:  # noqa: ARG001 - nothing is asked
    """Tell what is missing before a first legal invoice, and the action that fills each gap."""
    looks, unseen = ctx.contributed(Readiness)
    points = _joined([point for one in looks for point in await one.look(ctx)])
    french = ctx.locale.startswith("fr")
    items = [_item(one, french=french) for one in points]
    items.sort(key=lambda one: (one.done, not one.blocks))
    return Checked(
        ready=not unseen and all(one.done for one in items if one.blocks),
        missing=sum(not one.done for one in items),
        points=items,
        unseen=unseen,
    )


def _joined(points: Iterable[Point]) -> list[Point]:
    """One point of each code: what is wrong by any look, in the words of the last, who knows the law."""
    found: dict[str, Point] = {}
    for one in points:
        before = found.get(one.code)
        if before is None or before.done or not one.done:
            found[one.code] = one
    return list(found.values())


def _item(one: Point, *, french: bool) -> Item:
    return Item(
        code=one.code,
        label=one.said[french],
        done=one.done,
        blocks=one.blocks,
        fix=one.fix,
        article=one.article,
    )


@readiness("core.identity")
async def identity(ctx: Context) -> list[Point]:
    """Who we are, as every paper must say."""
    house: Any = await ctx.organization()
    site = await ctx.first(
        Establishment,
        Establishment.c.closed_on.is_(None),
        order=(Establishment.c.is_head_office.desc(), Establishment.c.id),
    )
    free = house.vat_regime == "franchise"
    told = (
        ("seller.name", ("Registered name", "Dénomination sociale"), house.legal_name, "legal_name"),
        ("seller.siren", ("SIREN", "SIREN"), house.siren, "siren"),
        ("seller.legal_form", ("Legal form", "Forme juridique"), house.legal_form, "legal_form"),
        ("seller.capital", ("Share capital", "Capital social"), house.share_capital or not house.is_company,
         "share_capital"),
        ("seller.rcs", ("City of the trade register", "Ville du RCS"),
         house.rcs_city or not house.is_registered, "rcs_city"),
        ("seller.vat", ("VAT number", "Numéro de TVA intracommunautaire"), house.vat_number or free,
         "vat_number"),
    )  # fmt: skip
    found = [
        Point(code, said, bool(value), f"core.organization.update({name}=…)")
        for code, said, value, name in told
    ]
    address = bool(site and site.address)
    found += [
        Point("seller.address", ("Address of the head office", "Adresse du siège"), address, _TO_SITE),
        Point("core.vat_regime", ("VAT regime", "Régime de TVA"), house.vat_regime is not None,
              "core.organization.set_vat_regime(vat_regime=…, effective_from=…)"),
        Point("core.size_class", ("Size of the company", "Taille de l'entreprise"),
              house.size_class is not None, "core.organization.update(size_class=…)", blocks=False),
    ]  # fmt: skip
    return found


@readiness("core.numbering")
async def numbering(ctx: Context) -> list[Point]:
    """Series of legal numbers that give numbers, and have no hole so far."""
    c = Sequence.c
    series = await ctx.find(Sequence, c.gapless.is_(True), c.status == "active", order=c.code)
    broken = [
        one.code
        for one in series
        if not (await check_gaps.handler(ctx, Span(sequence_id=one.id))).in_order
    ]
    listed = f": {', '.join(broken)}" if broken else ""
    return [
        Point(
            "core.sequences",
            (f"Number series without holes{listed}", f"Séries de numéros sans trou{listed}"),
            bool(series) and not broken,
            "core.sequence.check_gaps(sequence_id=…)" if series else "core.sequence.create(…)",
            article="CGI ann. II, art. 242 nonies A, I-7°",
        )
    ]
