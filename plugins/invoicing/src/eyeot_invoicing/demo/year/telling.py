"""Telling: the accountant's year, beside the sellers'."""

from eyeot_invoicing.demo.office import Office
from eyeot_invoicing.demo.year import bank, billing, buying, chasing, declaring
from eyeot_invoicing.demo.year.desk import Desk


async def load(office: Office) -> None:
    """Tell the year of what was invoiced, paid and declared."""
    demo = office.demo
    desk = Desk(demo)
    await demo.until(desk.began)
    await declaring.regime(desk, desk.began)
    await bank.accounts(desk, desk.began)
    await demo.together(
        *billing.stories(desk),
        *buying.stories(desk),
        declaring.returns(desk),
        bank.statements(desk),
        chasing.letters(desk),
    )
