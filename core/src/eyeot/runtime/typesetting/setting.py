"""Setting: what a unit of work typesets: in its organisation's name, as its organisation wants it."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from eyeot.declare.layout import House, Language, Layout, Party, address_lines
from eyeot.declare.legal import Standing
from eyeot.declare.problem import invalid
from eyeot.declare.record import records
from eyeot.runtime.typesetting.composing import LARGEST_LOGO

if TYPE_CHECKING:
    from eyeot.runtime.unit import Unit


async def house(unit: "Unit", layout: Layout, language: Language, template: UUID | None) -> House:
    """How the organisation wants this paper: as a template says, the default one unless told."""
    kind: Any = records["core.document_template"]
    if template:
        row = await unit.get(kind, template, beyond=True)
    else:
        row = await unit.first(
            kind,
            kind.c.target == layout.name,
            kind.c.locale == language,
            kind.c.is_default,
            kind.c.status == "published",
            kind.c.archived_at.is_(None),
        )
    return await told(unit, row) if row else House()


async def told(unit: "Unit", row: Any) -> House:
    """What a template says, as layouts take it."""
    return House(
        accent=row.accent,
        logo=await _logo(unit, row.logo_id) if row.logo_id else None,
        header=row.header or "",
        footer=row.footer or "",
        intro=row.intro or "",
        closing=row.closing or "",
        hidden=tuple(row.hidden_columns),
    )


async def _logo(unit: "Unit", id: UUID) -> bytes:
    document: Any = await unit.get(records["core.document"], id, beyond=True)
    if document.size > LARGEST_LOGO:
        raise invalid("logo_id", "must be a PNG or JPEG of 2 MiB at most")
    return b"".join([piece async for piece in unit.content(document.sha256)])


async def sender(unit: "Unit", language: Language) -> Party:
    """The organisation on its papers, with what Code de commerce, R123-237 and R123-238, want there."""
    company: Any = await unit.first(records["core.organization"])
    site: Any = records["core.establishment"]
    office = await unit.first(site, site.c.is_head_office)
    name = company.trade_name or company.legal_name
    return Party(
        name=name,
        lines=address_lines(office.address, language) if office and office.address else [],
        legal=_standing(company).lines(language),
    )


def _standing(company: Any) -> Standing:
    return Standing(
        name=company.legal_name,
        form=company.legal_form,
        capital=company.share_capital,
        siren=company.siren,
        rcs_city=company.rcs_city,
        vat_number=company.vat_number,
        naf_code=company.naf_code,
    )
