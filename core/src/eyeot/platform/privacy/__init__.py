"""Privacy: what people may ask about the data that is held of them, and how it is answered in time."""
