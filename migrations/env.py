"""Alembic's entry: upgrade the tables, then install the roles, and the functions of tiles, figures and the feed."""

from alembic import context
from geoalchemy2 import alembic_helpers
from sqlalchemy import text

from wangge.access.roles import Role
from wangge.data import HOME
from wangge.migrations.models import METADATA
from wangge.reports.counted import VIEW
from wangge.reports.feed.sequencing import SEQUENCE
from wangge.reports.figures.keeping import FOLLOW

FUNCTIONS = HOME / "tilesets" / "sql"
LOCK = 0x57414E47  # "WANG": one migration at a time
ROLES = [str(role) for role in Role if role is not Role.RESIDENT]
NEW_ROLES = text("INSERT INTO role SELECT unnest(CAST(:roles AS text[])) ON CONFLICT DO NOTHING")
PAST_ROLES = text("DELETE FROM role WHERE code <> ALL(:roles)")

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    include_object=alembic_helpers.include_object,
    process_revision_directives=alembic_helpers.writer,
    render_item=alembic_helpers.render_item,
)
with context.begin_transaction():
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    context.run_migrations()
    if connection.scalar(text("SELECT to_regclass('campaign')")):
        connection.exec_driver_sql(VIEW)
    for file in sorted(FUNCTIONS.glob("*.sql")):
        connection.exec_driver_sql(file.read_text(encoding="utf-8"))
    if connection.scalar(text("SELECT to_regclass('report_facts')")):  # not yet at a revision from before it
        connection.exec_driver_sql(FOLLOW)
    if connection.scalar(text("SELECT to_regclass('feed')")):
        connection.exec_driver_sql(SEQUENCE)
    if connection.scalar(text("SELECT to_regclass('role')")):
        connection.execute(NEW_ROLES, {"roles": ROLES})
        connection.execute(PAST_ROLES, {"roles": ROLES})  # refused while somebody has one
