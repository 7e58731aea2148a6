"""The database of this installation, ready for use."""

from functools import cache

from sqlalchemy import Engine

from lstm_assets.settings import settings
from lstm_assets.store.engine import in_transaction, open_engine
from lstm_assets.store.migrations import Outcome, migrate, pending
from lstm_assets.store.status import SETTING_DBTABLE, Status, set_status


def database() -> Engine:
    """Return the engine of the database that the environment names; raises as ready_engine."""
    return ready_engine(settings().database_url)


@cache
def ready_engine(url: str) -> Engine:
    """Return the engine of a database whose tables exist, made now if they did not.

    Raises:
        StoreError: the database was not reached, or refused.
    """
    engine = open_engine(url)
    if pending(engine):
        initialize(engine)
    return engine


def initialize(engine: Engine) -> dict[str, Outcome]:
    """Create what is missing and say so in TB_TASKSTATUS; returns what became of each table."""
    outcomes = migrate(engine)
    in_transaction(
        engine, lambda conn: set_status(conn, SETTING_DBTABLE, Status.COMPLETED, idx_task=0)
    )
    return outcomes
