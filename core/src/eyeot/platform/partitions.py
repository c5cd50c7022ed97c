"""Partitions: the audit's table in months, each made before it begins."""

SCHEMA = "eyeot_parts"
"""Where the months lie: no role that runs calls may look in, so a month is reached through the whole only."""

MONTH = """
CREATE FUNCTION eyeot_audit_month(first date) RETURNS boolean LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET lock_timeout = '1s' AS $$
DECLARE
  part text := 'core_audit_event_' || to_char(date_trunc('month', first), 'YYYY_MM');
  bounds text[];
BEGIN
  IF to_regclass('eyeot_parts.' || part) IS NOT NULL THEN RETURN false; END IF;
  SELECT array_agg(left(h, 8) || '-' || right(h, 4) || '-0000-0000-000000000000' ORDER BY h) INTO bounds
  FROM (SELECT lpad(to_hex((extract(epoch FROM m AT TIME ZONE 'UTC') * 1000)::bigint), 12, '0') AS h
        FROM unnest(ARRAY[date_trunc('month', first::timestamp),
                          date_trunc('month', first::timestamp) + interval '1 month']) m) b;
  EXECUTE format('CREATE TABLE eyeot_parts.%I (LIKE public.core_audit_event INCLUDING ALL)', part);
  EXECUTE format('ALTER TABLE eyeot_parts.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', part);
  EXECUTE format('ALTER TABLE public.core_audit_event ATTACH PARTITION eyeot_parts.%I '
                 'FOR VALUES FROM (%L) TO (%L)', part, bounds[1], bounds[2]);
  RETURN true;
EXCEPTION WHEN check_violation THEN
  RETURN false;
END $$
"""
"""Make the month of a day; false when it is there, or when rows of it already lie in the rest.

Rows are never moved: what came before its month was made stays in the rest, slower to find and no less kept.
"""

AHEAD = """
CREATE FUNCTION eyeot_audit_months() RETURNS integer LANGUAGE sql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT count(*) FILTER (WHERE eyeot_audit_month((now() + n * interval '1 month')::date))::integer
  FROM generate_series(0, 3) n
$$
"""
"""Make this month and the next three; how many were not there."""

DROPPED = "DROP FUNCTION eyeot_audit_months, eyeot_audit_month"
