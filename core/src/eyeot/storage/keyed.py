"""Keyed: the statements by which a call under an idempotency key is done once."""

CLAIM_FUNCTION = """
CREATE FUNCTION eyeot_claim(given_org uuid, given_hash bytea, given_lock bigint, since timestamptz)
RETURNS TABLE (held boolean, credential text, action text, digest bytea, answer bytea)
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE kept core_idempotency;
BEGIN
  IF NOT pg_try_advisory_xact_lock(given_lock) THEN
    RETURN QUERY SELECT false, NULL::text, NULL::text, NULL::bytea, NULL::bytea;
    RETURN;
  END IF;
  -- A statement of its own: it sees what whoever held the lock before has committed.
  SELECT * INTO kept FROM core_idempotency k
  WHERE k.org_id = given_org AND k.key_hash = given_hash;
  IF kept.at < since THEN
    DELETE FROM core_idempotency k WHERE k.org_id = given_org AND k.key_hash = given_hash;
    kept := NULL;
  END IF;
  RETURN QUERY SELECT true, kept.credential, kept.action, kept.digest, kept.answer;
END $$
"""
"""Locks a key until the end of the transaction, and tells what was answered under it since a time.

`held` is false when another transaction holds it. The lock is let go of after a commit can be seen.
"""

CLAIM_DROPPED = "DROP FUNCTION eyeot_claim"
CLAIM = "SELECT * FROM eyeot_claim($1, $2, $3, $4)"

KEEP = """once AS (
INSERT INTO core_idempotency (org_id, key_hash, credential, action, digest, answer, at)
VALUES ($5, {}, {}, {}, {}, {}, {}))"""
"""A part of the statement that commits a write, with places for parameters: its key and answer."""

PUT_PLANS = """plans AS (
INSERT INTO core_plan (org_id, token_hash, sealed, at)
SELECT * FROM unnest({}::uuid[], {}::bytea[], {}::bytea[], {}::timestamptz[]))"""
"""A part of the statement that writes the events of dry runs, as above: their plans."""

TIDY = (
    "DELETE FROM core_idempotency WHERE at < $1::timestamptz",
    "DELETE FROM core_plan WHERE at < $1::timestamptz",
)
"""What is over, of every organisation."""
