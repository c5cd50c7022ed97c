"""search: the words that entries are made of, and the function that finds by them."""

import sqlalchemy as sa
from alembic import op

from eyeot.platform.seeking import DROPPED, FUNCTIONS

revision = "core_0024_search"
down_revision = "core_0023_data_subject_requests"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "core_search_word",
        sa.Column("org_id", sa.UUID(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["org_id"], ["eyeot_organisation.id"], name="fk_core_search_word_org_id"
        ),
        sa.PrimaryKeyConstraint("org_id", "word", name=op.f("pk_core_search_word")),
    )
    op.create_index(
        "ix_core_search_word_word",
        "core_search_word",
        ["org_id", "word"],
        postgresql_using="gin",
        postgresql_ops={"word": "gin_trgm_ops"},
    )
    op.drop_index("ix_core_search_entry_words", table_name="core_search_entry")
    op.create_index(
        "ix_core_search_entry_words",
        "core_search_entry",
        ["org_id", sa.text("string_to_array(words, ' ')")],
        postgresql_using="gin",
    )
    # The owner is held to policies too, and sees no organisation's rows while they hold.
    op.execute("ALTER TABLE core_search_entry NO FORCE ROW LEVEL SECURITY")
    op.execute(
        "INSERT INTO core_search_word (org_id, word) SELECT DISTINCT e.org_id, w.word"
        " FROM core_search_entry e, unnest(string_to_array(e.words, ' ')) w(word) WHERE w.word <> ''"
    )
    op.execute("ALTER TABLE core_search_entry FORCE ROW LEVEL SECURITY")
    for text in FUNCTIONS:
        op.execute(sa.text(text.replace(":", r"\:")))


def downgrade() -> None:
    """Take back."""
    for text in DROPPED:
        op.execute(text)
    op.drop_index("ix_core_search_entry_words", table_name="core_search_entry")
    op.create_index(
        "ix_core_search_entry_words",
        "core_search_entry",
        ["org_id", "words"],
        postgresql_using="gin",
        postgresql_ops={"words": "gin_trgm_ops"},
    )
    op.drop_table("core_search_word")
