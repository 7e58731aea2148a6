"""The tables, as the database has them.

`sql/` is the only place where a table is declared; here they are reflected, once per engine.
"""

from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Column, ColumnElement, Connection, Double, Engine, MetaData, Table
from sqlalchemy.exc import NoSuchTableError

from lstm_assets.errors import StoreError
from lstm_assets.store.engine import connect
from lstm_assets.store.refusals import INIT_DB, shown

_reflected: WeakKeyDictionary[Engine, MetaData] = WeakKeyDictionary()
_lock = Lock()


def table(bind: Engine | Connection, name: str) -> Table:
    """A table of the database.

    Args:
        bind: inside a transaction, its connection.
        name: such as "TB_TASKSTATUS".

    Raises:
        StoreError: the database has no such table yet.
    """
    with _lock:
        metadata = _reflected.setdefault(bind.engine, MetaData())
    if name in metadata.tables:
        return metadata.tables[name]
    if isinstance(bind, Connection):
        return _reflect(bind, metadata, name)
    with connect(bind) as conn:
        return _reflect(conn, metadata, name)


def forget(engine: Engine) -> None:
    """Reflect the tables anew when next asked for: they may have changed."""
    with _lock:
        _reflected.pop(engine, None)


def _reflect(conn: Connection, metadata: MetaData, name: str) -> Table:
    try:
        found = Table(name, MetaData(), autoload_with=conn, listeners=[("column_reflect", _exact)])
    except NoSuchTableError as error:
        where = shown(conn.engine.url)
        raise StoreError(f"table {name} is missing in {where}. {INIT_DB}") from error
    with _lock:  # built aside, so that no thread ever sees a table without its columns
        return metadata.tables.get(name, None) or found.to_metadata(metadata)


def _exact(_inspector: Any, _table: Any, column: Any) -> None:
    # MySQL's reflected DOUBLE returns Decimal, rounded to fewer digits than a float has.
    if column["type"].__visit_name__ in ("DOUBLE", "FLOAT"):
        column["type"] = Double()


def of_study(column: Column[str], study_code: str) -> ColumnElement[bool]:
    """Which rows belong to a study; the codes of USD do not match those of USDKRW."""
    return column.startswith(f"{study_code}-", autoescape=True)
