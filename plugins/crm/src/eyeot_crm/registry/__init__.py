"""Registry: what registers outside know of companies, and what numbers and addresses say by themselves."""
