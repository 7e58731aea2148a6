"""Opening the database of this installation, with its tables created."""

from functools import cache

from sqlalchemy import Engine

from lstm_assets.settings import settings
from lstm_assets.store.engine import in_transaction, open_engine
from lstm_assets.store.migrations import Outcome, check, migrate, pending
from lstm_assets.store.status import SETTING_DBTABLE, Status, set_status


def database() -> Engine:
    """Return the engine of the database in the settings; raise the errors of ready_engine."""
    return ready_engine(settings().database_url)


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
