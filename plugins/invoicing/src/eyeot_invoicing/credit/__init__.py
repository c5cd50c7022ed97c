"""Credit: credit notes, what they take back of an invoice, and what they are used for."""
