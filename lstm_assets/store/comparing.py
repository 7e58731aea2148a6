"""Tables that exist, compared with sql/: can they hold what this version writes?

Tables of the reference system and of other programs are used as they are, so they are looked at
before anything is written.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from lstm_assets.errors import StoreError
from lstm_assets.store.column_types import Fit, fit_mysql, fit_sqlite
from lstm_assets.store.declared import DeclaredColumn, tables_declared_by
from lstm_assets.store.found import FoundColumn, found_tables
from lstm_assets.store.refusals import shown
from lstm_assets.store.sql_files import RECORD_FILE, Migration, read_statements, sql_folder

WIDEN = "`lstm-assets init-db --widen`"

_ALWAYS_WRITTEN = ("DATE_UPDATE", "STATUS", "NOTE", "NAME", "CHECKSUM")  # never as NULL
_ANY_CHARSET = ("NOTE", "REASON")  # what is written there is fitted to the column
_CONVERT = "CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"


@dataclass(frozen=True, slots=True)
class Misfit:
    """What of a table is not as this version needs it."""

    table: str
    column: str  # empty: the whole table
    found: str  # the column's type
    declared: str  # its type in sql/
    wrong: str  # a sentence without its subject and full stop
    change: str  # what ALTER TABLE has to do
    can_widen: bool  # whether the change loses nothing

    @property
    def is_real(self) -> bool:
        """Whether it is a number whose values are to be written anew as DOUBLE."""
        return self.can_widen and self.declared == "DOUBLE"


def misfits(
    conn: Connection, migrations: Sequence[Migration], recorded: Collection[int]
) -> list[Misfit]:
    """Return what is wrong with the tables that exist, tables that are missing left out.

    Args:
        conn: to the database.
        migrations: all files of sql/.
        recorded: the numbers of those that have run. What the others will add is not missed.
    """
    declared = tables_declared_by(_statements(migrations, recorded))
    later = [s for m in migrations if m.number not in recorded for s in m.statements]
    converted = set(re.findall(r"ALTER TABLE (\w+) CONVERT", " ".join(later)))
    compare = _Sqlite if conn.dialect.name == "sqlite" else _Mysql
    return [
        misfit
        for table, columns in found_tables(conn).items()
        if table in declared
        for misfit in compare(table, table not in converted).misfits(declared[table], columns)
    ]


def refuse(conn: Connection, wrong: Sequence[Misfit]) -> None:
    """Raise StoreError with the first of the misfits, if there is one."""
    # What nobody but its owner can change comes first: the rest is useless without it.
    for misfit in sorted(wrong, key=lambda each: each.can_widen):
        name = f"{misfit.table}.{misfit.column}" if misfit.column else misfit.table
        alter = f"`ALTER TABLE {misfit.table} {misfit.change}`"
        widen = f"{WIDEN}, which keeps every value, or " if misfit.can_widen else ""
        first = "Run" if misfit.column else "Remove rows that are there twice, then run"
        remedy = f"{first} {widen}{alter}."
        if conn.dialect.name == "sqlite" and not misfit.change.startswith(("ADD C", "RENAME")):
            remedy = (
                "SQLite cannot change it in place: rename the table, run `lstm-assets init-db`, "
                "and copy its rows."
            )
        more = f" {len(wrong) - 1} more to change." if wrong[1:] else ""
        raise StoreError(f"{name} in {shown(conn.engine.url)} {misfit.wrong}. {remedy}{more}")


def _statements(migrations: Sequence[Migration], recorded: Collection[int]) -> Iterator[str]:
    yield from read_statements(sql_folder() / RECORD_FILE)
    for migration in migrations:
        for statement in migration.statements:
            if migration.number in recorded or statement.startswith("CREATE TABLE"):
                yield statement


class _Database(ABC):
    """How one table is compared; what differs between the databases is in the subclasses."""

    can_alter = True  # whether the database can change a column

    def __init__(self, table: str, compare_collations: bool) -> None:
        self.table = table
        self.compare_collations = compare_collations

    def misfits(
        self, declared: Sequence[DeclaredColumn], found: Sequence[FoundColumn]
    ) -> Iterator[Misfit]:
        by_name = {column.name: column for column in found}
        yield from self._key(declared, found)
        for want in declared:
            if want.name in by_name:
                yield from self._column(want, by_name[want.name])
            else:
                yield self._missing(want, found)
        own = {want.name for want in declared}
        yield from (self._foreign(column) for column in found if _is_in_the_way(column, own))

    @abstractmethod
    def fit(self, want: DeclaredColumn, have: FoundColumn) -> Fit:
        """Return how a column's type suits the one that sql/ declares."""

    @abstractmethod
    def unlike(self, want: DeclaredColumn, have: FoundColumn) -> str:
        """Return in what a text is compared or stored otherwise; empty if in nothing."""

    def _key(
        self, declared: Sequence[DeclaredColumn], found: Sequence[FoundColumn]
    ) -> Iterator[Misfit]:
        want = ", ".join(column.name for column in declared if column.primary_key)
        have = ", ".join(column.name for column in found if column.primary_key)
        if set(want.split(", ")) == set(have.split(", ")):
            return
        wrong = (
            f"has {f'the primary key ({have})' if have else 'no primary key'}, expected ({want})"
        )
        drop = "DROP PRIMARY KEY, " if have else ""
        change = f"{drop}ADD PRIMARY KEY ({want})"
        yield self._misfit(f"{wrong}: rows would be written twice or lost", change)

    def _missing(self, want: DeclaredColumn, found: Sequence[FoundColumn]) -> Misfit:
        near = [column.name for column in found if column.name.upper() == want.name]
        change = f"RENAME COLUMN {near[0]} TO {want.name}" if near else _add(want)
        wrong = f"is missing{f', there is {near[0]}' if near else ''}"
        return self._misfit(wrong, change, column=want.name, declared=want.type)

    def _column(self, want: DeclaredColumn, have: FoundColumn) -> Iterator[Misfit]:
        fit = self.fit(want, have)
        if fit is not Fit.FITS:
            wrong = f"is {have.type}, expected {want.type}: it would change or refuse values"
            null = "" if want.nullable else " NOT NULL"
            yield self._misfit(
                wrong, f"MODIFY {want.name} {want.type}{null}", want.name, have.type, want.type,
                can_widen=fit is Fit.NARROW,
            )  # fmt: skip
        elif want.nullable and not have.nullable and want.name not in _ALWAYS_WRITTEN:
            change = f"MODIFY {want.name} {have.type} NULL"
            yield self._misfit("is NOT NULL, expected one that may be empty", change, want.name)
        if unlike := self.unlike(want, have):
            can = self.can_alter
            yield self._misfit(unlike, _CONVERT, want.name, have.type, want.type, can_widen=can)

    def _foreign(self, have: FoundColumn) -> Misfit:
        wrong = "is NOT NULL without a default, and this version does not write it"
        return self._misfit(wrong, f"MODIFY {have.name} {have.type} NULL", column=have.name)

    def _misfit(
        self,
        wrong: str,
        change: str,
        column: str = "",
        found: str = "",
        declared: str = "",
        *,
        can_widen: bool = False,
    ) -> Misfit:
        return Misfit(self.table, column, found, declared, wrong, change, can_widen)


class _Mysql(_Database):
    def fit(self, want: DeclaredColumn, have: FoundColumn) -> Fit:
        return fit_mysql(want.name, want.type, have.type, is_key=want.primary_key)

    def unlike(self, want: DeclaredColumn, have: FoundColumn) -> str:
        if not self.compare_collations or not have.charset or want.name in _ANY_CHARSET:
            return ""
        if have.charset != "utf8mb4":
            return f"is of character set {have.charset}, which lacks letters, expected utf8mb4"
        if want.primary_key and not have.collation.endswith("_bin"):
            return (
                f"has collation {have.collation}, to which GOLD and gold are one, expected binary"
            )
        return ""


class _Sqlite(_Database):
    can_alter = False

    def fit(self, want: DeclaredColumn, have: FoundColumn) -> Fit:
        return fit_sqlite(want.type, have.type)

    def unlike(self, want: DeclaredColumn, have: FoundColumn) -> str:
        if want.primary_key and have.collation not in ("", "BINARY"):
            return (
                f"has collation {have.collation}, to which GOLD and gold are one, expected binary"
            )
        return ""


def _is_in_the_way(column: FoundColumn, own: set[str]) -> bool:
    is_foreign = column.name.upper() not in own
    return is_foreign and not column.nullable and not column.has_default


def _add(want: DeclaredColumn) -> str:
    return f"ADD COLUMN {want.name} {want.type}{'' if want.nullable else ' NOT NULL'}"
