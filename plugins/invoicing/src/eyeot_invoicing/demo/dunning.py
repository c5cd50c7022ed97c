"""Dunning: the demo company's reminders of what is late."""

from eyeot_invoicing.demo.office import Office


async def load(office: Office) -> None:
    """Remind one late payer by post, which needs no mail server; the others are still to be."""
    await office.ago(3).call("invoicing.dunning_letter.run", most=1)
