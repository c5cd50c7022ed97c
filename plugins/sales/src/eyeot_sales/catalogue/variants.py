"""Variants: one product for each combination of attributes."""

import itertools
from typing import Annotated, Any

from pydantic import Field

from eyeot import Conflict, Context, Input, Output, Shows, action, invalid
from eyeot_sales.catalogue.naming import coded
from eyeot_sales.catalogue.products import Product
from eyeot_sales.ids import ProductId

_MOST = 100
_LETTERS = 4
_LONGEST = 60
_Value = Annotated[str, Field(min_length=1, max_length=60)]
_Name = Annotated[str, Field(min_length=1, max_length=40)]


class Variation(Input):
    """A product and the values of its attributes."""

    id: ProductId
    attributes: Annotated[
        dict[_Name, Annotated[list[_Value], Field(min_length=1, max_length=50)]],
        Field(
            min_length=1,
            max_length=5,
            description='E.g. {"couleur": ["rouge", "bleu"], "taille": ["M", "L"]}.',
        ),
    ]


class Varied(Output):
    """The variants: those that are new, and how many were there before."""

    product_id: ProductId
    created: Annotated[list[dict[str, Any]], Shows(record="sales.product")]
    existing: int


@action(
    "sales.product.create_variants",
    risk="w",
    en=(
        "Create variants of a product; sizes and colours; one item for each size; product matrix; "
        "declinations of an article"
    ),
    fr=(
        "Créer les déclinaisons d'un produit; tailles et couleurs; un article par taille; variantes "
        "d'un article"
    ),
    example={
        "id": "$sales.product?kind=goods&status=active",
        "attributes": {"couleur": ["inox", "noir"], "taille": ["S", "L"]},
    },
    record=Product,
)
async def create_variants(ctx: Context, data: Variation) -> Varied:
    """Make one product for each combination of attributes, with a reference of its own; known ones stay."""
    template = await ctx.get(Product, data.id, lock=True)
    if template.template_id is not None:
        raise Conflict(
            reason=f"{template.sku} is a variant itself.",
            remedy="Give the product that it is a variant of (its template_id).",
        )
    wanted = _combined(data.attributes)
    mine = Product.c.template_id == template.id
    known = [one.attributes for one in await ctx.find(Product, mine)]
    fresh = [one for one in wanted if one not in known]
    made = [await ctx.add(_variant(template, one)) for one in fresh]
    return Varied(
        product_id=template.id,
        created=[await ctx.view(one) for one in made],
        existing=len(wanted) - len(fresh),
    )


def _combined(attributes: dict[str, list[str]]) -> list[dict[str, str]]:
    values = [list(dict.fromkeys(one)) for one in attributes.values()]
    found = [dict(zip(attributes, one, strict=True)) for one in itertools.product(*values)][
        : _MOST + 1
    ]
    if len(found) > _MOST:
        raise invalid("attributes", f"make more than {_MOST} variants; give fewer values")
    return found


_SAME = (
    "kind", "category_id", "unit_id", "list_price", "cost", "tax_rate_id", "tax_object", "tracking",
    "weight_kg", "income_account", "expense_account", "hs_code", "is_sellable", "is_purchasable",
    "description",
)  # fmt: skip


def _variant(template: Product, attributes: dict[str, str]) -> Product:
    told = ", ".join(attributes.values())
    return Product(
        sku=f"{template.sku}-{'-'.join(map(_short, attributes.values()))}"[:_LONGEST],
        name=f"{template.name}, {told}"[:200],
        template_id=template.id,
        attributes=attributes,
        **{name: getattr(template, name) for name in _SAME},
    )


def _short(value: str) -> str:
    """A value in a reference: `bleu ciel` is BLEU, `1,5 m` is 15M."""
    return coded(value, _LONGEST).replace("-", "")[:_LETTERS] or "X"
