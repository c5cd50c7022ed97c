"""Environment: Alembic runs on the connection that `eyeot.deploy.migrate` gives it."""

from alembic import context

from eyeot.declare.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_object=context.config.attributes.get("include_object"),
    compare_type=True,
)
context.run_migrations()
