"""Connecting: a means of payment takes payments online through a provider that knows us."""

from typing import Annotated, Literal

from pydantic import Field

from eyeot import Conflict, Context, Input, Secret, action
from eyeot_invoicing.ids import PaymentMethodId
from eyeot_invoicing.payments.methods import PaymentMethod

OnlineProvider = Literal["stripe"]


class Connect(Input):
    """A means of payment, and by what the provider knows us."""

    id: PaymentMethodId
    provider: OnlineProvider = "stripe"
    api_key: Annotated[
        str,
        Secret,
        Field(
            pattern=r"^(sk|rk)_(test|live)_[A-Za-z0-9_]{8,250}$",
            description="A secret or restricted key of Stripe. Kept sealed, never shown.",
        ),
    ]


def about(method: PaymentMethod) -> str:
    """What the key of a means of payment is sealed for."""
    return f"invoicing.payment_method {method.id}"


@action(
    "invoicing.payment_method.connect_provider",
    risk="w",
    en=(
        "Connect Stripe; take card payments online; set up payment links; enter the Stripe key; accept "
        "online payments"
    ),
    fr=(
        "Connecter Stripe; accepter les paiements en ligne; encaisser par carte sur internet; saisir la "
        "clé Stripe; configurer les liens de paiement"
    ),
    example={"id": "$invoicing.payment_method?kind=card", "api_key": "sk_test_4eC39HqLyjWDarjtT1"},
    permission="invoicing.payment_method:connect",
    record=PaymentMethod,
    next=("invoicing.invoice.get_payment_link",),
)
async def connect_provider(ctx: Context, data: Connect) -> PaymentMethod:
    """Note the key by which a provider takes payments for us, sealed; a new one replaces the old."""
    method = await ctx.get(PaymentMethod, data.id, lock=True)
    if method.kind != "card" or method.archived_at is not None:
        raise Conflict(
            reason=f"{method.name} is no means of payment by card that is in use.",
            remedy="invoicing.payment_method.list(kind=card) shows those, create makes one.",
            field="id",
        )
    method.provider = data.provider
    method.credentials = ctx.outside.seal(data.api_key, about(method))
    return method


async def connected(ctx: Context, provider: OnlineProvider) -> PaymentMethod:
    """The means of payment that takes payments through a provider."""
    c = PaymentMethod.c
    where = (c.provider == provider, c.credentials.is_not(None), c.archived_at.is_(None))
    found = await ctx.first(PaymentMethod, *where, order=c.code)
    if found is None:
        raise Conflict(
            reason=f"No means of payment is connected to {provider}.",
            remedy="Connect one with invoicing.payment_method.connect_provider.",
            field="provider",
        )
    return found


def key_of(ctx: Context, method: PaymentMethod) -> str:
    """The key of a means of payment."""
    opened = ctx.outside.unseal(method.credentials or "", about(method))
    if opened is None:
        raise Conflict(
            reason=f"The key of {method.name} is not opened by this deployment's secrets.",
            remedy="Give it again with invoicing.payment_method.connect_provider.",
        )
    return opened
