"""Ids: the identifiers of invoicing as arguments of actions."""

from typing import Annotated
from uuid import UUID

from eyeot import Ref

PartyId = Annotated[UUID, Ref("crm.party")]
InvoiceId = Annotated[UUID, Ref("invoicing.invoice")]
InvoiceLineId = Annotated[UUID, Ref("invoicing.invoice_line")]
CreditNoteId = Annotated[UUID, Ref("invoicing.credit_note")]
PaymentId = Annotated[UUID, Ref("invoicing.payment")]
PaymentMethodId = Annotated[UUID, Ref("invoicing.payment_method")]
PaymentTermId = Annotated[UUID, Ref("invoicing.payment_term")]
SupplierInvoiceId = Annotated[UUID, Ref("invoicing.supplier_invoice")]
AccountId = Annotated[UUID, Ref("invoicing.ledger_account")]
JournalId = Annotated[UUID, Ref("invoicing.journal")]
EntryId = Annotated[UUID, Ref("invoicing.journal_entry")]
EntryLineId = Annotated[UUID, Ref("invoicing.entry_line")]
FecExportId = Annotated[UUID, Ref("invoicing.fec_export")]
SealId = Annotated[UUID, Ref("invoicing.fiscal_seal")]
LegalTextId = Annotated[UUID, Ref("invoicing.legal_text")]
DocumentId = Annotated[UUID, Ref("core.document")]
JobId = Annotated[UUID, Ref("core.job")]
PeriodId = Annotated[UUID, Ref("invoicing.fiscal_period")]
CreditLineId = Annotated[UUID, Ref("invoicing.credit_note_line")]
VatReturnId = Annotated[UUID, Ref("invoicing.vat_return")]
BankAccountId = Annotated[UUID, Ref("invoicing.bank_account")]
BankStatementId = Annotated[UUID, Ref("invoicing.bank_statement")]
BankTransactionId = Annotated[UUID, Ref("invoicing.bank_transaction")]
RuleId = Annotated[UUID, Ref("invoicing.reconciliation_rule")]
TaxRateId = Annotated[UUID, Ref("sales.tax_rate")]
DunningPolicyId = Annotated[UUID, Ref("invoicing.dunning_policy")]
DunningLetterId = Annotated[UUID, Ref("invoicing.dunning_letter")]
EInvoiceId = Annotated[UUID, Ref("invoicing.einvoice")]
