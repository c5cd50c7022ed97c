"""Seeking: how entries are found by words, typed wrong or not, among as many as there are.

Operators that are not leakproof are no index conditions below a policy, so that a search would look through
every entry of an organisation. The function belongs to the gate, whose policy is always true, and holds
itself to the organisation of the session instead: for any other it finds nothing.

What is asked is compared with the words that an organisation's entries are made of, of which there are far
fewer than entries, and the entries that hold the likest words are then looked up.
"""

WORDS = """
CREATE FUNCTION eyeot_search_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Sorted, so that two calls with the same new words wait for each other in the same order.
  INSERT INTO core_search_word (org_id, word)
    SELECT DISTINCT n.org_id, w.word FROM written n, unnest(string_to_array(n.words, ' ')) w(word)
    WHERE w.word <> '' ORDER BY 1, 2
    ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$
"""
SEARCH = """
CREATE FUNCTION eyeot_gate_search(
  organisation uuid, kinds text[], asked text, identifiers text[], most integer)
RETURNS TABLE (kind text, record_id uuid, label text, hint text, hit boolean, words text)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 200
SET search_path = pg_catalog, public, pg_temp SET pg_trgm.similarity_threshold = 0.25
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  token text;
  near text[];
  every text := '';
  likest text := 'false';
  longest integer := 0;
  found_ integer;
BEGIN
  IF organisation IS DISTINCT FROM nullif(current_setting('app.org_id', true), '')::uuid THEN
    RETURN;
  END IF;
  RETURN QUERY
    SELECT e.kind, e.record_id, e.label, e.hint, true, e.words FROM core_search_entry e
    WHERE e.org_id = organisation AND e.exact && identifiers
      AND e.kind = ANY(kinds) AND NOT e.archived
    ORDER BY e.kind, e.record_id LIMIT most;
  FOREACH token IN ARRAY (string_to_array(asked, ' '))[1:6] LOOP
    SELECT array_agg(n.word) INTO near FROM (
      SELECT w.word FROM core_search_word w
      WHERE w.org_id = organisation AND (w.word % token OR w.word LIKE token || '%')
      ORDER BY w.word = token DESC, w.word LIKE token || '%' DESC, similarity(w.word, token) DESC, w.word
      LIMIT 30) n;
    CONTINUE WHEN near IS NULL;
    every := every || format(' AND string_to_array(e.words, '' '') && %L::text[]', near);
    IF length(token) > longest THEN
      longest := length(token);
      likest := format('string_to_array(e.words, '' '') && %L::text[]', near);
    END IF;
  END LOOP;
  IF every = '' THEN
    RETURN;
  END IF;
  RETURN QUERY EXECUTE format(_SELECT_, every) USING organisation, kinds, identifiers, most;
  GET DIAGNOSTICS found_ = ROW_COUNT;
  IF found_ = 0 THEN
    RETURN QUERY EXECUTE format(_SELECT_, ' AND ' || likest) USING organisation, kinds, identifiers, most;
  END IF;
END $$
"""
# Of thousands that hold one common word none is likelier than the others: they are not all weighed.
_SELECT = """'SELECT f.kind, f.record_id, f.label, f.hint, false, f.words FROM (
    SELECT e.* FROM core_search_entry e
    WHERE e.org_id = $1 AND e.kind = ANY($2) AND NOT e.archived AND NOT e.exact && $3 %s LIMIT 2000) f
  ORDER BY length(f.words), f.record_id LIMIT $4'"""
FORGET = """
CREATE FUNCTION eyeot_gate_forget(organisation uuid) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  DELETE FROM core_search_word w WHERE w.org_id = organisation AND NOT EXISTS (
    SELECT 1 FROM core_search_entry e
    WHERE e.org_id = organisation AND string_to_array(e.words, ' ') @> ARRAY[w.word])
$$
"""
"""Takes out the words of an organisation that no entry is made of any more."""

FUNCTIONS = (
    WORDS,
    SEARCH.replace("_SELECT_", _SELECT),
    "ALTER FUNCTION eyeot_gate_search(uuid, text[], text, text[], integer) OWNER TO eyeot_gate",
    FORGET,
    "ALTER FUNCTION eyeot_gate_forget(uuid) OWNER TO eyeot_gate",
    *(
        f"CREATE TRIGGER words_{event.lower()} AFTER {event} ON core_search_entry"
        " REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION eyeot_search_words()"
        for event in ("INSERT", "UPDATE")
    ),
)
DROPPED = (
    "DROP TRIGGER words_insert ON core_search_entry",
    "DROP TRIGGER words_update ON core_search_entry",
    "DROP FUNCTION eyeot_gate_search",
    "DROP FUNCTION eyeot_gate_forget",
    "DROP FUNCTION eyeot_search_words",
)
