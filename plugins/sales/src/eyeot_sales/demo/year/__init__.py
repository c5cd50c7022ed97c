"""Year: the quotes, orders and deliveries of the demo company's deals, told as they happen."""
