"""Which type of a column can hold what another holds. No connection in this module."""

import re
from dataclasses import dataclass
from enum import Enum
from functools import cache

_INTEGERS = ("TINYINT", "SMALLINT", "MEDIUMINT", "INT", "BIGINT")  # of MySQL, the narrowest first
_REALS = ("FLOAT", "DOUBLE", "DECIMAL")  # as MySQL shows them
_TEXTS = ("TEXT", "MEDIUMTEXT", "LONGTEXT")
_CHARACTERS_TINYTEXT = 63  # 255 bytes
_FREE_TEXTS = ("NOTE", "REASON")  # what is written there is fitted to the column
_NEGATIVE = ("IDX_TASK",)  # the only whole numbers that may be negative
_AFFINITIES = {
    "INTEGER": ("INT",),
    "TEXT": ("CHAR", "CLOB", "TEXT"),
    "BLOB": ("BLOB",),
    "REAL": ("REAL", "FLOA", "DOUB"),
}
# Types of SQLite whose values are read as something else than a number.
_NO_NUMBERS = ("DATE", "DATETIME", "TIME", "TIMESTAMP", "BOOLEAN", "BOOL", "JSON")


class Fit(Enum):
    """How a column's type suits what is written into it."""

    FITS = "fits"
    NARROW = "narrow"  # a wider type keeps all that it holds
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ColumnType:
    """A type, in parts."""

    base: str  # e.g. VARCHAR
    sizes: tuple[int, ...]  # e.g. 20
    unsigned: bool

    @classmethod
    def parse(cls, shown: str) -> "ColumnType":
        """Return the parts of a type as SQL writes it."""
        base, inner = re.fullmatch(r"\s*(\w*)[^(]*(?:\(([^)]*)\))?.*", shown.upper()).groups()  # type: ignore[union-attr]
        sizes = tuple(int(part) for part in re.findall(r"\d+", inner or ""))
        base = "INT" if base == "INTEGER" else base
        return cls(base, sizes, "UNSIGNED" in shown.upper())


@cache
def fit_mysql(name: str, declared: str, found: str, *, is_key: bool) -> Fit:
    """Return how a column that MySQL shows as `found` suits one that sql/ declares."""
    want, have = ColumnType.parse(declared), ColumnType.parse(found)
    if want.base == "DOUBLE":
        return _fit_real(have)
    if want.base in _INTEGERS:
        return _fit_integer(name, want, have)
    if want.base == "VARCHAR":
        return _fit_varchar(name, want, have, is_key)
    if want.base == "TEXT":
        narrow = have.base in ("VARCHAR", "CHAR", "TINYTEXT")
        return Fit.FITS if have.base in _TEXTS else Fit.NARROW if narrow else Fit.OTHER
    return Fit.FITS if have.base == want.base else Fit.OTHER


@cache
def fit_sqlite(declared: str, found: str) -> Fit:
    """Return how a column that SQLite has as `found` suits one that sql/ declares.

    SQLite enforces no widths, and every type of real numbers holds every double: what it makes of
    a value depends on the kind of the type alone.
    """
    want, have = ColumnType.parse(declared).base, ColumnType.parse(found).base
    if want == "DATETIME":
        return Fit.FITS if have in ("DATETIME", "TIMESTAMP") else Fit.OTHER
    if have in _NO_NUMBERS:
        return Fit.OTHER
    if not have:  # a column without a type keeps what it is given
        return Fit.FITS
    affinity = _affinity(found)
    if want == "DOUBLE":
        return Fit.FITS if affinity in ("REAL", "NUMERIC") else Fit.OTHER
    wanted = ("INTEGER", "NUMERIC") if want in _INTEGERS else ("TEXT",)
    return Fit.FITS if affinity in wanted else Fit.OTHER


def _fit_real(have: ColumnType) -> Fit:
    if have == ColumnType("DOUBLE", (), unsigned=False):
        return Fit.FITS
    return Fit.NARROW if have.base in _REALS else Fit.OTHER


def _fit_integer(name: str, want: ColumnType, have: ColumnType) -> Fit:
    if have.base not in _INTEGERS or (have.unsigned and name in _NEGATIVE):
        return Fit.OTHER
    wide = _INTEGERS.index(have.base) >= _INTEGERS.index(want.base)
    return Fit.FITS if wide else Fit.NARROW


def _fit_varchar(name: str, want: ColumnType, have: ColumnType, is_key: bool) -> Fit:
    if have.base in _TEXTS:
        return Fit.OTHER if is_key else Fit.FITS
    if have.base not in ("VARCHAR", "CHAR", "TINYTEXT"):
        return Fit.OTHER
    width = have.sizes[0] if have.sizes else _CHARACTERS_TINYTEXT
    return Fit.FITS if width >= want.sizes[0] or name in _FREE_TEXTS else Fit.NARROW


def _affinity(found: str) -> str:
    # https://www.sqlite.org/datatype3.html#determination_of_column_affinity
    for affinity, parts in _AFFINITIES.items():
        if any(part in found.upper() for part in parts):
            return affinity
    return "NUMERIC"
