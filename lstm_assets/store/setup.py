"""Opening the database of this installation, with its tables created."""

from functools import cache

from sqlalchemy import Engine, inspect

from lstm_assets.errors import StoreError
from lstm_assets.settings import settings
from lstm_assets.store.engine import FIRST_COMMANDS, connect, in_transaction, open_engine
from lstm_assets.store.migrations import Outcome, check, migrate, pending
from lstm_assets.store.refusals import shown
from lstm_assets.store.status import SETTING_DBTABLE, Status, set_status


def database() -> Engine:
    """Return the engine of the database in the settings; raise the errors of ready_engine."""
    return ready_engine(settings().database_url)


def readable() -> Engine:
    """Return an engine that only reads the database in the settings, and creates nothing.

    Raises:
        StoreError: there is no database yet, it is older than this version, or it could not be
            reached.
    """
    engine = open_engine(settings().database_url, read_only=True)
    if missing := pending(engine):
        where = shown(engine.url)
        with connect(engine) as conn:
            if not inspect(conn).get_table_names():
                raise StoreError(f"{where} has no tables yet. {FIRST_COMMANDS}")
        raise StoreError(
            f"{where} lacks what {', '.join(missing)} brings. Run `lstm-assets init-db`."
        )
    return engine


@cache
def ready_engine(url: str) -> Engine:
    """Return the engine of a database, after creating the tables that are missing.

    Raises:
        StoreError: the database could not be reached, or refused a statement, or has a table that
            cannot hold what this version writes.
    """
    engine = open_engine(url)
    if pending(engine):
        initialize(engine)
    else:
        check(engine)
    return engine


def initialize(engine: Engine) -> dict[str, Outcome]:
    """Create the missing tables, and write the task SETTING_DBTABLE to TB_TASKSTATUS.

    Returns:
        Whether each table was created or already existed.
    """
    outcomes = migrate(engine)
    in_transaction(
        engine, lambda conn: set_status(conn, SETTING_DBTABLE, Status.COMPLETED, idx_task=0)
    )
    return outcomes
