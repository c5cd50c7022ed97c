"""E-invoices: invoices as EN 16931 says them, in CII, UBL and Factur-X, and their life on platforms."""
