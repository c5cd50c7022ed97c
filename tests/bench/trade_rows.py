"""Rows: the SQL that fills a busy company's tables, and the words its parties are named by."""

INVOICES = """
INSERT INTO invoicing_invoice
SELECT (jsonb_populate_record(i, jsonb_build_object(
  'id', md5('invoice' || n)::uuid, 'number', 'FA-1999-' || lpad(n::text, 6, '0'), 'rank', n + 1000000,
  'due_date', current_date - (n % 150), 'issue_date', current_date - (n % 150) - 30))).*
FROM invoicing_invoice i, generate_series(1, $3::int) n WHERE i.org_id = $1 AND i.id = $2
"""
ENTRIES = """
INSERT INTO invoicing_journal_entry
SELECT (jsonb_populate_record(e, jsonb_build_object(
  'id', md5('entry' || n)::uuid, 'number', lpad((n + 1000)::text, 6, '0'), 'rank', e.rank + n,
  'date', make_date($4, 1, 1) + (n % 364), 'piece_date', make_date($4, 1, 1) + (n % 364)))).*
FROM invoicing_journal_entry e, generate_series(1, $3::int) n WHERE e.org_id = $1 AND e.id = $2
"""
ENTRY_LINES = """
INSERT INTO invoicing_entry_line
SELECT (jsonb_populate_record(l, jsonb_build_object(
  'id', md5('line' || n || l.id::text)::uuid, 'entry_id', md5('entry' || n)::uuid,
  'date', make_date($4, 1, 1) + (n % 364)))).*
FROM invoicing_entry_line l, generate_series(1, $3::int) n WHERE l.org_id = $1 AND l.entry_id = $2
"""
WORDS = """
INSERT INTO core_search_entry (org_id, kind, record_id, label, hint, words, exact, archived)
SELECT $1, 'crm.party', id, name, '', lower(name), ARRAY[]::text[], false
FROM (SELECT md5('party' || n)::uuid AS id,
  ($3::text[])[1 + n % array_length($3::text[], 1)] || ' '
  || ($4::text[])[1 + (n / 7) % array_length($4::text[], 1)] || ' '
  || ($4::text[])[1 + (n * 31 / 11) % array_length($4::text[], 1)] || ' ' || n AS name
  FROM generate_series(1, $2::int) n) f
"""
TRADES = [
    "Boulangerie",
    "Garage",
    "Plomberie",
    "Menuiserie",
    "Transports",
    "Cabinet",
    "Atelier",
    "Restaurant",
    "Pharmacie",
    "Coiffure",
    "Boucherie",
    "Imprimerie",
    "Maconnerie",
    "Electricite",
    "Charpente",
    "Serrurerie",
    "Peinture",
    "Conseil",
    "Informatique",
]
NAMES = [
    "Martin",
    "Bernard",
    "Thomas",
    "Petit",
    "Robert",
    "Richard",
    "Durand",
    "Dubois",
    "Moreau",
    "Laurent",
    "Simon",
    "Michel",
    "Lefebvre",
    "Leroy",
    "Roux",
    "David",
    "Bertrand",
    "Morel",
    "Fournier",
    "Girard",
    "Bonnet",
    "Dupont",
    "Lambert",
    "Fontaine",
    "Rousseau",
    "Vincent",
    "Muller",
    "Lefevre",
    "Faure",
    "Andre",
    "Mercier",
    "Blanc",
    "Guerin",
    "Boyer",
    "Garnier",
    "Chevalier",
    "Legrand",
    "Gauthier",
    "Garcia",
    "Perrin",
    "Robin",
    "Clement",
    "Morin",
    "Nicolas",
    "Henry",
    "Roussel",
    "Mathieu",
    "Gautier",
    "Masson",
    "Marchand",
    "Duval",
    "Denis",
    "Dumont",
]
