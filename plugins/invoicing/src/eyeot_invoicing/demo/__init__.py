"""Demo: what the demo company's invoices, payments and bank look like."""

from eyeot_invoicing.demo.load import load

__all__ = ["load"]
