"""Tables of the framework itself: the outbox, the search index, the bytes of documents, the audit's seals."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from eyeot.declare.schema import metadata

outbox = sa.Table(
    "core_outbox",
    metadata,
    sa.Column("org_id", PG_UUID(), sa.ForeignKey("eyeot_organisation.id"), primary_key=True),
    sa.Column("id", PG_UUID(), primary_key=True),
    sa.Column("at", TIMESTAMP(timezone=True), nullable=False),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("record", sa.Text),
    sa.Column("payload", JSONB, nullable=False),
    sa.Column("cause", PG_UUID(), nullable=False),
    sa.Column("reaction", sa.Text),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("due_at", TIMESTAMP(timezone=True), nullable=False),
    sa.Column("done_at", TIMESTAMP(timezone=True)),
    sa.Column("failed_at", TIMESTAMP(timezone=True)),
    sa.Column("error", sa.Text),
    sa.Column("place", sa.BigInteger, sa.Identity(), nullable=False),
    sa.Index(
        "ix_core_outbox_due",
        "due_at",
        postgresql_where=sa.text("done_at IS NULL AND failed_at IS NULL AND reaction IS NOT NULL"),
    ),
    sa.Index(
        "ix_core_outbox_fresh",
        "place",
        postgresql_where=sa.text("done_at IS NULL AND reaction IS NULL"),
    ),
    sa.Index(
        "ix_core_outbox_line",
        "org_id",
        "reaction",
        "record",
        "place",
        postgresql_where=sa.text("done_at IS NULL AND reaction IS NOT NULL"),
    ),
)
"""Events of committed writes: one row of each, and one more for each `after` reaction that waits for it.

The event's own row is done when it is written, unless the organisation has endpoints of webhooks that may
want it. `cause` is the audit event of the write. `place` is given while the record is locked, so that it
orders a record's events as they were committed, which ids from several clocks need not.
"""

mail = sa.Table(
    "core_mail",
    metadata,
    sa.Column("org_id", PG_UUID(), sa.ForeignKey("eyeot_organisation.id"), primary_key=True),
    sa.Column("id", PG_UUID(), primary_key=True),
    sa.Column("user_id", PG_UUID()),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("body", sa.Text),
    sa.Column("record", sa.Text),
    sa.Column("link", sa.Text),
    sa.Column("address", sa.Text),
    sa.Column("name", sa.Text),
    sa.Column("html", sa.Text),
    sa.Column("language", sa.Text),
    sa.Column("sender_name", sa.Text),
    sa.Column("reply_to", sa.Text),
    sa.Column("attachments", JSONB),
    sa.Column("at", TIMESTAMP(timezone=True), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("due_at", TIMESTAMP(timezone=True), nullable=False),
    sa.Column("sent_at", TIMESTAMP(timezone=True)),
    sa.Column("failed_at", TIMESTAMP(timezone=True)),
    sa.Column("error", sa.Text),
    sa.Index(
        "ix_core_mail_due",
        "due_at",
        postgresql_where=sa.text("sent_at IS NULL AND failed_at IS NULL"),
    ),
)
"""Notifications on their way by e-mail, written with what they tell of; the words go once they are sent.

Whom it goes to is looked up when it is sent, so that who left or changed address gets no mail at the old one.
`link`: one that works once and for its reader only, sealed under the deployment's keys.

Mails to people outside are among them: they have an `address`, and no `user_id`; their `link` is the one by
which they object to more.
"""

merged = sa.Table(
    "core_merged",
    metadata,
    sa.Column("org_id", PG_UUID(), sa.ForeignKey("eyeot_organisation.id"), primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("id", PG_UUID(), primary_key=True),
    sa.Column("kept_id", PG_UUID(), nullable=False),
    sa.Column("at", TIMESTAMP(timezone=True), nullable=False),
    sa.Index("ix_core_merged_kept_id", "org_id", "kind", "kept_id"),
)
"""The ids of records that were merged into another, to which they lead for ever."""

content = sa.Table(
    "core_content",
    metadata,
    sa.Column("org_id", PG_UUID(), sa.ForeignKey("eyeot_organisation.id"), primary_key=True),
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("piece", sa.LargeBinary, nullable=False),
)
"""The bytes of documents in pieces, where PostgreSQL is the store (EYEOT_STORAGE)."""

read = sa.Table(
    "core_read",
    metadata,
    sa.Column("org_id", PG_UUID(), primary_key=True),
    sa.Column("holder", PG_UUID(), primary_key=True),
    sa.Column("ident", sa.Text(collation="C"), primary_key=True),
    sa.Column("record", sa.Text(collation="C"), primary_key=True),
    sa.Column("read_at", TIMESTAMP(timezone=True), nullable=False),
    prefixes=["UNLOGGED"],
)
"""The identifiers that holders of credentials were shown, for a day; whoever loses them reads again.

`record`: what a name was shown with; empty for an id. No row points at the organisation, whose look-up
would cost each of them more than the row.
"""

search = sa.Table(
    "core_search_entry",
    metadata,
    sa.Column("org_id", PG_UUID(), sa.ForeignKey("eyeot_organisation.id"), primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("record_id", PG_UUID(), primary_key=True),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("hint", sa.Text, nullable=False, server_default=""),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("exact", ARRAY(sa.Text), nullable=False),
    sa.Column("archived", sa.Boolean, nullable=False, server_default="false"),
    sa.Index(
        "ix_core_search_entry_words",
        "org_id",
        sa.text("string_to_array(words, ' ')"),
        postgresql_using="gin",
    ),
    sa.Index("ix_core_search_entry_exact", "org_id", "exact", postgresql_using="gin"),
)
"""One row per searchable record: what people call it, and its exact identifiers."""

search_words = sa.Table(
    "core_search_word",
    metadata,
    sa.Column("org_id", PG_UUID(), sa.ForeignKey("eyeot_organisation.id"), primary_key=True),
    sa.Column("word", sa.Text, primary_key=True),
    sa.Index(
        "ix_core_search_word_word",
        "org_id",
        "word",
        postgresql_using="gin",
        postgresql_ops={"word": "gin_trgm_ops"},
    ),
)
"""The words that an organisation's entries are made of: what is typed wrong is compared with them."""

idempotency = sa.Table(
    "core_idempotency",
    metadata,
    sa.Column("org_id", PG_UUID(), sa.ForeignKey("eyeot_organisation.id"), primary_key=True),
    sa.Column("key_hash", sa.LargeBinary, primary_key=True),
    sa.Column("credential", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("answer", sa.LargeBinary, nullable=False),
    sa.Column("at", TIMESTAMP(timezone=True), nullable=False),
    sa.Index("ix_core_idempotency_at", "at"),
)
"""Calls made under a key, for a day: of the key only its hash, the answer sealed under the key."""

plan = sa.Table(
    "core_plan",
    metadata,
    sa.Column("org_id", PG_UUID(), sa.ForeignKey("eyeot_organisation.id"), primary_key=True),
    sa.Column("token_hash", sa.LargeBinary, primary_key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("at", TIMESTAMP(timezone=True), nullable=False),
    sa.Index("ix_core_plan_at", "at"),
)
"""Dry runs that may be committed: arguments and effects, sealed under a token known by its hash."""

audit_subject = sa.Table(
    "core_audit_subject",
    metadata,
    sa.Column("org_id", PG_UUID(), primary_key=True),
    sa.Column("record", sa.Text(collation="C"), primary_key=True),
    sa.Column("event_id", PG_UUID(), primary_key=True),
)
"""The records (kind/uuid) that events changed, by which their history is found.

An index of elements would do, but row security lets no condition on a list be an index's.
"""

audit_leaf = sa.Table(
    "core_audit_leaf",
    metadata,
    sa.Column("org_id", PG_UUID(), sa.ForeignKey("eyeot_organisation.id"), primary_key=True),
    sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("event_id", PG_UUID(), nullable=False),
    sa.Column("salt", sa.LargeBinary),
    sa.Column("payload_hash", sa.LargeBinary, nullable=False),
    sa.Column("leaf_hash", sa.LargeBinary, nullable=False),
    sa.Column("peaks", sa.LargeBinary),
    sa.UniqueConstraint("org_id", "event_id", name="uq_core_audit_leaf_event_id"),
)
"""The hash tree of each organisation's audit, one leaf per event, in the order of sealing.

`peaks`: the roots of the perfect subtrees up to here, at the end of each batch, so that the tree grows
without being read again. `salt` goes when an event is erased.
"""

audit_checkpoint = sa.Table(
    "core_audit_checkpoint",
    metadata,
    sa.Column("org_id", PG_UUID(), sa.ForeignKey("eyeot_organisation.id"), primary_key=True),
    sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("root", sa.LargeBinary, nullable=False),
    sa.Column("at", TIMESTAMP(timezone=True), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
)
"""Signed roots of the trees; what counts as evidence are their copies outside the database."""
