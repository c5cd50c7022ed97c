"""Reports: the CRM's figures, each row leading to the records it was made of."""
