"""Keeping: what the database itself refuses of rows that hang on what stands, of numbers and of periods.

Texts of functions and triggers for the migrations, beside those of `guards`.
"""

LINES_OF_STANDING = """
CREATE OR REPLACE FUNCTION eyeot_invoicing_line() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  marks text[] := TG_ARGV[2]::text[];
  told jsonb[];
  line jsonb;
  standing boolean;
BEGIN
  IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - marks IS NOT DISTINCT FROM to_jsonb(NEW) - marks THEN
    RETURN NEW;
  END IF;
  told := CASE TG_OP WHEN 'INSERT' THEN ARRAY[to_jsonb(NEW)] WHEN 'DELETE' THEN ARRAY[to_jsonb(OLD)]
    ELSE ARRAY[to_jsonb(OLD), to_jsonb(NEW)] END;
  FOREACH line IN ARRAY told LOOP
    EXECUTE format('SELECT %s FROM %I WHERE org_id = $1 AND id = $2',
        coalesce(TG_ARGV[3], 'status <> ''draft'''), TG_ARGV[0])
      INTO standing USING (line ->> 'org_id')::uuid, (line ->> TG_ARGV[1])::uuid;
    IF standing THEN
      RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
        TG_TABLE_NAME || ' ' || (line ->> 'id') || ' belongs to a piece that stands';
    END IF;
  END LOOP;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$
"""
"""Lines neither leave a piece that stands nor come to it; a fourth argument says what stands."""

KEPT = """
CREATE FUNCTION eyeot_invoicing_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  once text[] := TG_ARGV[0]::text[];
  marks text[] := once || '{status,updated_at,version}'::text[];
  before jsonb := to_jsonb(OLD);
  name text;
BEGIN
  IF TG_OP = 'DELETE' OR before - marks IS DISTINCT FROM to_jsonb(NEW) - marks THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
      TG_TABLE_NAME || ' ' || OLD.id || ' is kept as it was written';
  END IF;
  FOREACH name IN ARRAY once LOOP
    IF before ->> name IS NOT NULL AND before -> name IS DISTINCT FROM to_jsonb(NEW) -> name THEN
      RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
        TG_TABLE_NAME || ' ' || OLD.id || ' was given its ' || name || ' once and for all';
    END IF;
  END LOOP;
  RETURN NEW;
END $$
"""
"""Rows are never deleted; they are filled in once where it is said, and only their state changes."""

NUMBERED = """
CREATE FUNCTION eyeot_invoicing_numbered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.status = 'draft' OR (TG_OP = 'UPDATE' AND OLD.status <> 'draft') THEN RETURN NEW; END IF;
  PERFORM 1 FROM core_sequence s JOIN core_sequence_number n
      ON n.org_id = s.org_id AND n.sequence_id = s.id AND n.number = NEW.number
    WHERE s.org_id = NEW.org_id AND s.code LIKE 'invoicing.%' AND n.record = TG_ARGV[0] || '/' || NEW.id;
  IF NOT FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
      TG_TABLE_NAME || ' ' || NEW.id || ' bears a number that its series did not give it: '
        || coalesce(NEW.number, 'none');
  END IF;
  RETURN NEW;
END $$
"""
"""What is posted bears the number that the register of its series holds for it."""

PERIODS_APART = """
CREATE FUNCTION eyeot_invoicing_apart() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW."end" < NEW.start THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
      'the period ' || NEW.name || ' ends before it begins';
  END IF;
  -- Two who open periods at once see each other.
  PERFORM pg_advisory_xact_lock(hashtextextended('invoicing_fiscal_period/' || NEW.org_id, 0));
  PERFORM 1 FROM invoicing_fiscal_period p
    WHERE p.org_id = NEW.org_id AND p.id <> NEW.id AND (p.month IS NULL) = (NEW.month IS NULL)
      AND p.start <= NEW."end" AND p."end" >= NEW.start;
  IF FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE =
      'the period ' || NEW.name || ' has days that another one has';
  END IF;
  RETURN NEW;
END $$
"""

FUNCTIONS = {
    "eyeot_invoicing_kept": KEPT,
    "eyeot_invoicing_numbered": NUMBERED,
    "eyeot_invoicing_apart": PERIODS_APART,
}
PERIODS_STAND_APART = """
CREATE TRIGGER apart BEFORE INSERT OR UPDATE OF start, "end", month ON invoicing_fiscal_period
  FOR EACH ROW EXECUTE FUNCTION eyeot_invoicing_apart()
"""


def numbered(table: str, kind: str) -> str:
    """Let what is posted bear no number but the one that its series gave it.

    Looked at by COMMIT: a dry run, which is rolled back, reads numbers ahead and takes none.
    """
    return (
        f"CREATE CONSTRAINT TRIGGER numbered AFTER INSERT OR UPDATE ON {table}"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
        f" EXECUTE FUNCTION eyeot_invoicing_numbered('{kind}')"
    )


def lines_of_booked(table: str, parent: str, column: str) -> str:
    """Keep the lines of pieces as they are once these have an entry."""
    return (
        f"CREATE TRIGGER stands BEFORE INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW"
        f" EXECUTE FUNCTION eyeot_invoicing_line('{parent}', '{column}', '{{}}', 'entry_id IS NOT NULL')"
    )


def kept(table: str, once: str) -> str:
    """Keep rows as they were written, save for the columns in `once` (`{a,b}`), filled in later."""
    return (
        f"CREATE TRIGGER stands BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW"
        f" EXECUTE FUNCTION eyeot_invoicing_kept('{once}')"
    )
