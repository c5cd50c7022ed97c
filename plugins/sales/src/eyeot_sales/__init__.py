"""Sales: products, price lists, quotes and orders."""

from typing import Any

from eyeot import Plugin
from eyeot_sales import invariants
from eyeot_sales.billing import orders as order_billing
from eyeot_sales.billing import quotes as quote_billing
from eyeot_sales.billing import tracking
from eyeot_sales.catalogue import (
    barcodes,
    categories,
    moving,
    pricing,
    products,
    selling,
    takeover,
    units,
    usage,
    variants,
)
from eyeot_sales.fulfilment import delivering, fulfilments
from eyeot_sales.orders import amending, confirming, holding, orders, splitting, telling
from eyeot_sales.orders import lines as order_lines
from eyeot_sales.papers import layouts
from eyeot_sales.prices import ecb, exchange, generating, items, lists, margins, simulating
from eyeot_sales.quotes import (
    answering,
    authority,
    converting,
    deals,
    discounting,
    quotes,
    revising,
    sending,
    signing,
    templates,
    validity,
    viewing,
)
from eyeot_sales.quotes import lines as quote_lines
from eyeot_sales.quotes import margins as quote_margins
from eyeot_sales.reports import fulfilling, offering
from eyeot_sales.reports import selling as selling_reports
from eyeot_sales.returns import refunding, resolving, returns, withdrawal
from eyeot_sales.taxes import asking, rates
from eyeot_sales.trade import numbering, recognising

__all__ = ["plugin"]

_MARGIN = {products.MARGIN: "organisation"}
_READ = {"sales:read": "organisation"}
_ALL = {**_READ, "sales:write": "organisation", **_MARGIN}
_DELETE = {
    f"sales.{noun}:delete": "organisation"
    for noun in ("product", "price_list_item", "quote_template_line")
}
_DEALS = (
    "sales.quote:accept",
    "sales.quote:delete",
    "sales.quote_line:delete",
    "sales.sales_order:confirm",
    "sales.sales_order:cancel",
    "sales.sales_order:close_short",
    "sales.sales_order:delete",
    "sales.sales_order_line:delete",
    "sales.return_order:delete",
    "sales.return_order:refund",
)
"""What goes with selling, as far as one's own quotes and orders go."""
_TRADE = dict.fromkeys(_DEALS, "organisation")
_IMPORT = {
    f"sales.{noun}:import": "organisation"
    for noun in ("product", "price_list", "price_list_item", "exchange_rate", "sales_order")
}


async def demo(given: Any) -> None:
    """Load the catalogue and the trade of the demo company."""
    # Only --demo needs these tables.
    from eyeot_sales.demo.load import load  # noqa: PLC0415
    from eyeot_sales.demo.trading import trade  # noqa: PLC0415
    from eyeot_sales.demo.year.telling import tell  # noqa: PLC0415

    await given.together(load(given), trade(given), tell(given))


plugin = Plugin(
    name="sales",
    doc="Products, price lists, quotes and orders.",
    label=("Products, quotes and orders", "Produits, devis et commandes"),
    about=("catalogue, price lists, quotes, orders", "catalogue, tarifs, devis, commandes"),
    modules=(
        units,
        categories,
        rates,
        asking,
        products,
        pricing,
        variants,
        barcodes,
        usage,
        selling,
        takeover,
        moving,
        exchange,
        ecb,
        lists,
        items,
        simulating,
        margins,
        generating,
        numbering,
        recognising,
        layouts,
        quotes,
        quote_lines,
        templates,
        authority,
        viewing,
        sending,
        answering,
        signing,
        validity,
        revising,
        discounting,
        quote_margins,
        deals,
        orders,
        order_lines,
        confirming,
        holding,
        amending,
        splitting,
        fulfilments,
        delivering,
        converting,
        telling,
        quote_billing,
        order_billing,
        tracking,
        returns,
        withdrawal,
        resolving,
        refunding,
        selling_reports,
        offering,
        fulfilling,
        invariants,
    ),
    permissions={
        products.MARGIN: (
            "See what products cost, and the margin of quotes and orders",
            "Voir le coût des produits, et la marge des devis et des commandes",
        ),
        authority.APPROVE: (
            "Approve discounts beyond the limit of others",
            "Approuver les remises au-dessus du plafond des autres",
        ),
        authority.SET_LIMITS: (
            "Set how large a discount others may give",
            "Fixer les plafonds de remise",
        ),
        confirming.FORCE: (
            "Confirm orders despite what speaks against them",
            "Confirmer des commandes malgré ce qui s'y oppose",
        ),
    },
    roles={
        "admin": {
            **_ALL,
            **_DELETE,
            **_IMPORT,
            **_TRADE,
            **dict.fromkeys(
                (authority.APPROVE, authority.SET_LIMITS, confirming.FORCE), "organisation"
            ),
        },
        "sales": {"sales:read": "own", "sales:write": "own", **dict.fromkeys(_DEALS, "own")},
        "sales_manager": {
            "sales:read": "team",
            "sales:write": "team",
            products.MARGIN: "team",
            **dict.fromkeys((*_DELETE, *_IMPORT, *_DEALS, authority.APPROVE), "team"),
        },
        "accountant": {**_ALL, **_IMPORT},
        "support": _READ,
        "buyer": {**_ALL, **_IMPORT},
        "warehouse": _READ,
        "external_accountant": {**_READ, **_MARGIN},
        "auditor": {**_READ, **_MARGIN},
        "viewer": _READ,
    },
    migrations="eyeot_sales.migrations",
    demo=demo,
)
