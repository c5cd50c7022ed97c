"""Keeping: a customer with points is not put away by mistake."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from acme_loyalty.accounts import Account
from eyeot import Action, Conflict, Context, Plugin, hookimpl


class Keeping(Plugin):
    """The plugin, with a wrap around `crm.customer.archive`."""

    @hookimpl
    def eyeot_wrap_action(self, action: Action) -> Action | None:
        """Look at the points first."""
        if action.name != "crm.customer.archive":
            return None
        return replace(action, handler=_kept(action.handler))


def _kept(handler: Callable[..., Any]) -> Callable[..., Any]:
    async def run(ctx: Context, data: Any) -> Any:
        account = await ctx.first(Account, Account.c.customer_id == data.id)
        if account and account.points:
            raise Conflict(
                reason=f"The customer still has {account.points} loyalty points.",
                remedy="Take them back with loyalty.account.adjust first.",
            )
        return await handler(ctx, data)

    return run
