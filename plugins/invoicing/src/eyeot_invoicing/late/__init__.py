"""Late: penalties and indemnities of invoices that are paid late."""
