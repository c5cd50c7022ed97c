"""Year: what the demo company invoiced, was paid, paid and declared, told as it happens."""
