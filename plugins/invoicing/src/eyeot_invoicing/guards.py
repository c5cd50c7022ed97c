"""Guards: what the database itself refuses, whatever the application does (CGI, art. 286, I-3° bis).

Texts of functions and triggers for the migrations; each migration that widens one makes a new text of it.
"""

POSTED_INVOICE = """
CREATE FUNCTION eyeot_invoicing_posted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE marks text[] := TG_ARGV[0]::text[];
BEGIN
  IF OLD.status = 'draft' THEN
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
  END IF;
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
      TG_TABLE_NAME || ' ' || OLD.id || ' is posted and is never deleted';
  END IF;
  IF to_jsonb(OLD) - marks IS DISTINCT FROM to_jsonb(NEW) - marks OR NEW.status = 'draft' THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
      TG_TABLE_NAME || ' ' || OLD.id || ' is posted: what it says never changes';
  END IF;
  RETURN NEW;
END $$
"""

LINES_OF_POSTED = """
CREATE FUNCTION eyeot_invoicing_line() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  line jsonb := to_jsonb(CASE TG_OP WHEN 'INSERT' THEN NEW ELSE OLD END);
  marks text[] := TG_ARGV[2]::text[];
  state text;
BEGIN
  EXECUTE format('SELECT status FROM %I WHERE org_id = $1 AND id = $2', TG_ARGV[0])
    INTO state USING (line ->> 'org_id')::uuid, (line ->> TG_ARGV[1])::uuid;
  IF coalesce(state, 'draft') <> 'draft' AND NOT (
    TG_OP = 'UPDATE' AND to_jsonb(OLD) - marks IS NOT DISTINCT FROM to_jsonb(NEW) - marks
  ) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
      TG_TABLE_NAME || ' ' || (line ->> 'id') || ' belongs to a piece that stands';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$
"""

BALANCED = """
CREATE FUNCTION eyeot_invoicing_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE difference numeric;
BEGIN
  IF NEW.status = 'draft' THEN RETURN NULL; END IF;
  SELECT coalesce(sum(debit - credit), 0) INTO difference FROM invoicing_entry_line
    WHERE org_id = NEW.org_id AND entry_id = NEW.id;
  IF difference <> 0 THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
      'the entry ' || coalesce(NEW.number, NEW.id::text) || ' does not balance by ' || difference;
  END IF;
  RETURN NULL;
END $$
"""

OPEN_PERIOD = """
CREATE FUNCTION eyeot_invoicing_period() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE state text;
BEGIN
  IF NEW.status = 'draft' OR (TG_OP = 'UPDATE' AND OLD.status <> 'draft') THEN RETURN NEW; END IF;
  -- Shared, so that entries do not wait for each other, and a closing waits for them.
  SELECT status INTO state FROM invoicing_fiscal_period
    WHERE org_id = NEW.org_id AND month IS NOT NULL AND NEW.date BETWEEN start AND "end" FOR SHARE;
  IF state IS NULL OR state = 'closed' THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
      'no entry is dated ' || NEW.date || ': that period is not open';
  END IF;
  RETURN NEW;
END $$
"""

APPEND_ONLY = """
CREATE FUNCTION eyeot_invoicing_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
      TG_TABLE_NAME || ' is only added to';
END $$
"""

VAT_COUNTED = """
CREATE FUNCTION eyeot_invoicing_counted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE free text[] := '{return_id,updated_at,version}';
BEGIN
  IF TG_OP = 'DELETE' OR OLD.return_id IS NOT NULL
    OR to_jsonb(OLD) - free IS DISTINCT FROM to_jsonb(NEW) - free THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
      TG_TABLE_NAME || ' ' || OLD.id || ' is counted once, and never changes';
  END IF;
  RETURN NEW;
END $$
"""
"""Rows of due VAT never change, but that a return counts each of them once."""

VAT_COUNTED_OF_MERGED = """
CREATE OR REPLACE FUNCTION eyeot_invoicing_counted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  always text[] := '{party_id,updated_at,version}';
  once text[] := always || '{return_id}'::text[];
BEGIN
  IF TG_OP = 'DELETE' OR to_jsonb(OLD) - once IS DISTINCT FROM to_jsonb(NEW) - once
    OR (OLD.return_id IS NOT NULL AND to_jsonb(OLD) - always IS DISTINCT FROM to_jsonb(NEW) - always) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
      TG_TABLE_NAME || ' ' || OLD.id || ' is counted once, and never changes';
  END IF;
  RETURN NEW;
END $$
"""
"""The same, where the party it is of may become another as parties merge."""

FROZEN = """
CREATE FUNCTION eyeot_invoicing_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  free text[] := TG_ARGV[0]::text[];
  marks text[] := TG_ARGV[1]::text[];
BEGIN
  IF OLD.status = ANY (free) THEN
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
  END IF;
  IF TG_OP = 'DELETE' OR to_jsonb(OLD) - marks IS DISTINCT FROM to_jsonb(NEW) - marks
    OR NEW.status = ANY (free) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
      TG_TABLE_NAME || ' ' || OLD.id || ' is frozen: what it says never changes';
  END IF;
  RETURN NEW;
END $$
"""
"""Rows stand once they are in a state other than those named."""

LATER_FUNCTIONS = {"eyeot_invoicing_counted": VAT_COUNTED, "eyeot_invoicing_frozen": FROZEN}
"""Those of the second revision."""

FUNCTIONS = {
    "eyeot_invoicing_posted": POSTED_INVOICE,
    "eyeot_invoicing_line": LINES_OF_POSTED,
    "eyeot_invoicing_balanced": BALANCED,
    "eyeot_invoicing_period": OPEN_PERIOD,
    "eyeot_invoicing_append_only": APPEND_ONLY,
}


def stands(table: str, marks: str) -> str:
    """Keep the rows of a table as they are once posted, save for the columns in `marks` (`{a,b}`)."""
    return (
        f"CREATE TRIGGER stands BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW"
        f" EXECUTE FUNCTION eyeot_invoicing_posted('{marks}')"
    )


def marks_more(table: str, marks: str) -> str:
    """Let further columns (`a,b`) of a table's posted rows change, beside those that may already."""
    return f"""
DO $$
DECLARE known text[];
BEGIN
  SELECT split_part(encode(tgargs, 'escape'), '\\000', 1)::text[] INTO known FROM pg_trigger
    WHERE tgrelid = '{table}'::regclass AND tgname = 'stands';
  DROP TRIGGER stands ON {table};
  EXECUTE format('CREATE TRIGGER stands BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW'
    ' EXECUTE FUNCTION eyeot_invoicing_posted(%L)', (known || '{{{marks}}}'::text[])::text);
END $$
"""  # noqa: S608 - names of ours


def marks_fewer(table: str, marks: str) -> str:
    """Take back what `marks_more` let change."""
    return f"""
DO $$
DECLARE known text[];
BEGIN
  SELECT split_part(encode(tgargs, 'escape'), '\\000', 1)::text[] INTO known FROM pg_trigger
    WHERE tgrelid = '{table}'::regclass AND tgname = 'stands';
  DROP TRIGGER stands ON {table};
  EXECUTE format('CREATE TRIGGER stands BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW'
    ' EXECUTE FUNCTION eyeot_invoicing_posted(%L)',
    ARRAY(SELECT one FROM unnest(known) AS one WHERE one <> ALL ('{{{marks}}}'::text[]))::text);
END $$
"""  # noqa: S608 - names of ours


def frozen(table: str, free: str, marks: str) -> str:
    """Keep the rows of a table as they are in states other than `free`, save for the columns in `marks`."""
    return (
        f"CREATE TRIGGER stands BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW"
        f" EXECUTE FUNCTION eyeot_invoicing_frozen('{free}', '{marks}')"
    )


def lines_stand(table: str, parent: str, column: str, marks: str = "{}") -> str:
    """Keep the lines of posted pieces as they are."""
    return (
        f"CREATE TRIGGER stands BEFORE INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW"
        f" EXECUTE FUNCTION eyeot_invoicing_line('{parent}', '{column}', '{marks}')"
    )


def append_only(table: str) -> str:
    """Let rows be added only."""
    return (
        f"CREATE TRIGGER stands BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW"
        " EXECUTE FUNCTION eyeot_invoicing_append_only()"
    )


VAT_IS_COUNTED_ONCE = """
CREATE TRIGGER stands BEFORE UPDATE OR DELETE ON invoicing_vat_due
  FOR EACH ROW EXECUTE FUNCTION eyeot_invoicing_counted()
"""
ENTRY_BALANCES = """
CREATE CONSTRAINT TRIGGER balances AFTER INSERT OR UPDATE ON invoicing_journal_entry
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION eyeot_invoicing_balanced()
"""
ENTRY_IN_OPEN_PERIOD = """
CREATE TRIGGER in_open_period BEFORE INSERT OR UPDATE ON invoicing_journal_entry
  FOR EACH ROW EXECUTE FUNCTION eyeot_invoicing_period()
"""

CLOSED_FOR_GOOD = """
CREATE FUNCTION eyeot_invoicing_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.status = 'closed' THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
      'the period ' || OLD.name || ' is closed for good';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$
"""
PERIOD_STAYS_CLOSED = """
CREATE TRIGGER stays_closed BEFORE UPDATE OR DELETE ON invoicing_fiscal_period
  FOR EACH ROW EXECUTE FUNCTION eyeot_invoicing_closed()
"""
TOLD_BY_BANK = """
CREATE FUNCTION eyeot_invoicing_told() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE marks text[] := TG_ARGV[0]::text[];
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF EXISTS (SELECT 1 FROM invoicing_bank_match WHERE org_id = OLD.org_id AND transaction_id = OLD.id)
    THEN
      RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
        'the movement ' || OLD.id || ' was matched and is never deleted';
    END IF;
    RETURN OLD;
  END IF;
  IF to_jsonb(OLD) - marks IS DISTINCT FROM to_jsonb(NEW) - marks THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
      'the movement ' || OLD.id || ' is as the bank told it';
  END IF;
  RETURN NEW;
END $$
"""

MATCHED_IN_FULL = """
CREATE FUNCTION eyeot_invoicing_matched() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE explained numeric;
BEGIN
  SELECT coalesce(sum(amount_amount), 0) INTO explained FROM invoicing_bank_match
    WHERE org_id = NEW.org_id AND transaction_id = NEW.id AND undone_on IS NULL;
  IF explained <> NEW.amount_amount - coalesce(NEW.remaining_amount, 0)
    OR (NEW.status = 'matched') <> (NEW.amount_amount = explained) THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
      'the movement ' || NEW.id || ' of ' || NEW.amount_amount || ' is matched with ' || explained;
  END IF;
  RETURN NULL;
END $$
"""

ALLOCATED_AT_MOST = """
CREATE FUNCTION eyeot_invoicing_allocated() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE given numeric; whole numeric;
BEGIN
  SELECT coalesce(sum(amount_amount), 0) INTO given FROM invoicing_payment_allocation
    WHERE org_id = NEW.org_id AND payment_id = NEW.payment_id AND undone_on IS NULL;
  SELECT amount_amount INTO whole FROM invoicing_payment
    WHERE org_id = NEW.org_id AND id = NEW.payment_id;
  IF given > whole THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
      'of the payment ' || NEW.payment_id || ' over ' || whole || ', ' || given || ' is allocated';
  END IF;
  RETURN NULL;
END $$
"""

BANK_FUNCTIONS = {
    "eyeot_invoicing_told": TOLD_BY_BANK,
    "eyeot_invoicing_matched": MATCHED_IN_FULL,
    "eyeot_invoicing_allocated": ALLOCATED_AT_MOST,
}
TRANSACTION_IS_TOLD = """
CREATE TRIGGER told BEFORE UPDATE OR DELETE ON invoicing_bank_transaction FOR EACH ROW EXECUTE FUNCTION
  eyeot_invoicing_told('{party_id,remaining_amount,remaining_currency,label,status,updated_at,version}')
"""
TRANSACTION_IS_TOLD_AND_ASKED = TRANSACTION_IS_TOLD.replace(
    "{party_id,", "{party_id,receipt_asked_of,receipt_asked_at,"
)
TRANSACTION_BALANCES = """
CREATE CONSTRAINT TRIGGER balances AFTER INSERT OR UPDATE ON invoicing_bank_transaction
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION eyeot_invoicing_matched()
"""
PAYMENT_COVERS = """
CREATE CONSTRAINT TRIGGER covers AFTER INSERT OR UPDATE ON invoicing_payment_allocation
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION eyeot_invoicing_allocated()
"""

BOOKED_PURCHASE = """
CREATE FUNCTION eyeot_invoicing_purchase() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE marks text[] := TG_ARGV[0]::text[];
BEGIN
  IF OLD.entry_id IS NULL THEN
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
  END IF;
  IF TG_OP = 'DELETE' OR to_jsonb(OLD) - marks IS DISTINCT FROM to_jsonb(NEW) - marks THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
      TG_TABLE_NAME || ' ' || OLD.id || ' is booked: what it says never changes';
  END IF;
  RETURN NEW;
END $$
"""


def purchase_stands(table: str, marks: str) -> str:
    """Keep suppliers' invoices as they are once booked, save for the columns in `marks` (`{a,b}`)."""
    return (
        f"CREATE TRIGGER stands BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW"
        f" EXECUTE FUNCTION eyeot_invoicing_purchase('{marks}')"
    )
