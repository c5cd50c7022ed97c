"""Numbering: the series of legal numbers that an organisation starts with."""

from eyeot import Starting

starting_sequences = Starting(
    "core.sequence",
    key="code",
    rows=[
        {"code": "invoicing.invoice", "name": "Factures", "pattern": "FA-{year}-{seq:05}"},
        {
            "code": "invoicing.self_billed",
            "name": "Factures établies par l'acheteur",
            "pattern": "AF-{year}-{seq:05}",
        },
        {"code": "invoicing.credit_note", "name": "Avoirs", "pattern": "AV-{year}-{seq:05}"},
        {
            "code": "invoicing.fiscal_seal",
            "name": "Clôtures fiscales",
            "pattern": "CL-{seq:06}",
            "reset": "never",
        },
        {
            "code": "invoicing.payment",
            "name": "Règlements",
            "pattern": "RG-{year}-{seq:05}",
            "gapless": False,
        },
        {
            "code": "invoicing.cheque_deposit",
            "name": "Remises de chèques",
            "pattern": "RC-{year}-{seq:04}",
            "gapless": False,
        },
    ],
)
