"""Tables that others made: a helper of tests."""

from pathlib import Path

from sqlalchemy import Engine

from lstm_assets.store.engine import begin
from lstm_assets.store.sql_files import read_migrations, sql_folder

CASES = Path(__file__).parents[1] / "cases" / "studies"
FLOAT_TABLES = (CASES / "float_tables" / "reference_tables.sql").read_text("utf-8")
DECIMAL_TABLES = (CASES / "decimal_tables" / "tables.sql").read_text("utf-8")


def run_sql(engine: Engine, script: str) -> None:
    """Run the statements of a script, one by one."""
    lines = [line for line in script.splitlines() if not line.startswith("--")]
    with begin(engine) as conn:
        for statement in "\n".join(lines).split(";"):
            if statement.strip():
                conn.exec_driver_sql(statement)


def declared(table: str) -> str:
    """The statement of sql/ that makes a table."""
    statements = [s for migration in read_migrations(sql_folder()) for s in migration.statements]
    return next(s for s in statements if s.startswith(f"CREATE TABLE IF NOT EXISTS {table} "))


def make(engine: Engine, table: str, old: str, new: str) -> None:
    """Make one table, in which something is not as sql/ declares it."""
    statement = declared(table)
    assert old in statement
    run_sql(engine, statement.replace(old, new, 1))
