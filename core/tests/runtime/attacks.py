"""Attacks: what a superuser does to a sealed audit; `:org` stands for the organisation, in quotes."""

EVENT = """
INSERT INTO core_audit_event (org_id, id, at, actor_type, actor, tags, surface, action, outcome)
VALUES ({}, {}, now(), 'system', 'x', '{{via:job}}', 'job', 'x', 'ok')
"""
SOME = "(SELECT event_id FROM core_audit_leaf WHERE org_id = :org AND position = 14)"
EDITS = {
    "at": "at + interval '1 microsecond'",
    "actor_type": "CASE actor_type WHEN 'system' THEN 'user' ELSE 'system' END",
    "actor": "'somebody'",
    "user_id": "gen_random_uuid()",
    "credential_id": "gen_random_uuid()",
    "tags": "'{via:oauth}'",
    "surface": "CASE surface WHEN 'cli' THEN 'job' ELSE 'cli' END",
    "tool": "'tool'",
    "action": "'core.x.y'",
    "input": "jsonb_set(input, '{name}', '\"other\"')",
    "input_digest": "'0'",
    "outcome": "'refused'",
    "code": "''",
    "records": "records[2:]",
    "changes": "'[]'",
    "events": "'{}'",
    "client": "'x'",
    "ip": "'::1'",
    "trace_id": "'x'",
    "duration_ms": "duration_ms + 0.001",
    "id": "gen_random_uuid()",
}
REPLACED = """
UPDATE core_audit_leaf SET {} WHERE org_id = :org AND position = 14
"""
ATTACKS = {
    "deleted event": (
        """
        DELETE FROM core_audit_event WHERE org_id = :org AND id =
        (SELECT event_id FROM core_audit_leaf WHERE org_id = :org AND position = 14)
        """,
        "event_missing",
    ),
    "deleted leaf": (
        """
        DELETE FROM core_audit_leaf WHERE org_id = :org AND position = 14
        """,
        "leaf_missing",
    ),
    "deleted first leaf": (
        """
        DELETE FROM core_audit_leaf WHERE org_id = :org AND position = 0
        """,
        "leaf_missing",
    ),
    "deleted event and leaf, closed up": (
        """
        DELETE FROM core_audit_event WHERE org_id = :org AND id =
        (SELECT event_id FROM core_audit_leaf WHERE org_id = :org AND position = 14);;
        DELETE FROM core_audit_leaf WHERE org_id = :org AND position = 14;;
        UPDATE core_audit_leaf SET position = position + 1000 WHERE org_id = :org AND position > 14;;
        UPDATE core_audit_leaf SET position = position - 1001 WHERE org_id = :org AND position > 1000
        """,
        "tree_differs",
    ),
    "other salt": (
        """
        UPDATE core_audit_leaf SET salt = decode(repeat('00', 32), 'hex')
        WHERE org_id = :org AND position = 14
        """,
        "event_changed",
    ),
    "other leaf": (
        """
        UPDATE core_audit_leaf SET leaf_hash = sha256('x') WHERE org_id = :org AND position = 14
        """,
        "event_changed",
    ),
    "other payload hash": (
        """
        UPDATE core_audit_leaf SET payload_hash = sha256('x') WHERE org_id = :org AND position = 14
        """,
        "event_changed",
    ),
    "feigned erasure": (
        """
        UPDATE core_audit_leaf SET salt = NULL WHERE org_id = :org AND position = 14
        """,
        "event_changed",
    ),
    "reordered": (
        """
        UPDATE core_audit_leaf SET position = position + 1000 WHERE org_id = :org AND position = 14;;
        UPDATE core_audit_leaf SET position = position - 1 WHERE org_id = :org AND position = 15;;
        UPDATE core_audit_leaf SET position = position - 999 WHERE org_id = :org AND position = 1014
        """,
        "tree_differs",
    ),
    "inserted": (
        """
        UPDATE core_audit_leaf SET position = position + 1000 WHERE org_id = :org AND position >= 4;;
        UPDATE core_audit_leaf SET position = position - 999 WHERE org_id = :org AND position >= 1004;;
        INSERT INTO core_audit_leaf
        SELECT org_id, 4, gen_random_uuid(), salt, payload_hash, leaf_hash FROM core_audit_leaf
        WHERE org_id = :org AND position = 3
        """,
        "tree_differs",
    ),
    "truncated": (
        """
        DELETE FROM core_audit_leaf WHERE org_id = :org AND position >= 8;;
        DELETE FROM core_audit_checkpoint WHERE org_id = :org AND size > 8
        """,
        "tree_truncated",
    ),
    "emptied": (
        """
        DELETE FROM core_audit_leaf WHERE org_id = :org;;
        DELETE FROM core_audit_checkpoint WHERE org_id = :org;;
        DELETE FROM core_audit_event WHERE org_id = :org
        """,
        "tree_truncated",
    ),
    "other checkpoint": (
        """
        UPDATE core_audit_checkpoint SET note = replace(note, 'test', 'best') WHERE org_id = :org
        """,
        "checkpoint_unsigned",
    ),
}
