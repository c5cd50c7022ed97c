"""Chasing: the reminders of the last months, by post, and what a customer promised."""

from datetime import timedelta

from eyeot_invoicing.demo.year.desk import Desk
from eyeot_sales.demo.year.deals import office_hours

_AGO = (120, 92, 61, 33, 12)
_MOST, _LATE_DAYS = 3, 15
_PROMISED_IN = 16


async def letters(desk: Desk) -> None:
    """Remind late payers every month, and note that one of them promised to pay."""
    at = desk.began
    policy = await desk.call(
        "invoicing.dunning_policy.create",
        at,
        code="POST",
        name="Relance par courrier",
        levels=[
            {"delay": 15, "channel": "post"},
            {"delay": 40, "channel": "post", "template": "firm", "fee": "mention"},
        ],
        # What sellers and technicians settle by telephone is not worth a stamp.
        min_amount={"amount": "60.00", "currency": "EUR"},
        is_default=True,
    )
    for ago in _AGO:
        at = office_hours(desk.today - timedelta(days=ago), 10)
        given = {"policy_id": policy["id"], "most": _MOST, "days_late": _LATE_DAYS}
        ran = await desk.call("invoicing.dunning_letter.run", at, **given)
    if ran["letters"]:
        told, at = ran["letters"][0], at + timedelta(days=2)
        given = {"party_id": told["party_id"], "note": "Attend le versement d'une subvention."}
        day = (desk.today + timedelta(days=_PROMISED_IN)).isoformat()
        await desk.call("invoicing.dunning_letter.record_promise", at, **given, date=day)
