"""Database errors as one line with the remedy.

A driver's error has a number, and a text that may contain a whole statement. The messages made
here contain no password and no statement with its values.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from lstm_assets.errors import StoreError
from lstm_assets.settings import DATABASE_URL

INIT_DB = "Run `lstm-assets init-db`."

_MYSQL_TRANSIENT = {1062, 1205, 1213}
_NO_CONNECTION = "Connection not available"  # the driver's words, without a number
_MYSQL_OUTAGE = {1053, 1927, 2002, 2003, 2005, 2006, 2013, 2055}
_SQLITE_TRANSIENT = {"SQLITE_CONSTRAINT_PRIMARYKEY"}  # not BUSY: SQLite has already waited then

_UNREACHED = (
    "the database server at {address} cannot be reached. "
    "Check that it runs, and host and port in LSTM_ASSETS_DATABASE_URL."
)
_NO_RIGHT = (
    "{user} lacks a privilege in database {database}: {detail}. "
    "Run GRANT ALL ON {database}.* TO that user as administrator."
)
_MISMATCH = "a table in {where} is not as this version needs it: {detail}. " + INIT_DB
_BAD_VALUE = "{where} refused a value: {detail}. Shorten or correct the value."
_LOST = "the connection to {address} was lost. Check the server's log, then try again."
_FULL = (
    "{where} has no free space: {detail}. Free some space on the database's disk, then try again."
)
_READ_ONLY = "{where} is read-only. Point LSTM_ASSETS_DATABASE_URL at a database you can write."
_BUSY = "{where} is locked by another process. Wait until it has finished, then try again."
_DUPLICATE = "{where} already has this row: {detail}. Another process may have just written it."
_PLUGIN = (
    "the sign-in method of {user} at {address} is not supported: {detail}. "
    "Give the user a password: ALTER USER ... IDENTIFIED BY ..."
)

_MYSQL_REFUSALS = {
    2002: _UNREACHED,
    2003: _UNREACHED,
    2005: _UNREACHED,
    1045: "user {user} was refused by {address}: wrong user name or password. "
    "Correct them in LSTM_ASSETS_DATABASE_URL.",
    1698: _PLUGIN,
    1251: _PLUGIN,
    2059: _PLUGIN,
    2061: _PLUGIN,
    1049: "the server at {address} has no database {database}. "
    "Run CREATE DATABASE {database} CHARACTER SET utf8mb4, or correct LSTM_ASSETS_DATABASE_URL.",
    1046: "LSTM_ASSETS_DATABASE_URL names no database at {address}. Write its name after the host.",
    1044: _NO_RIGHT,
    1142: _NO_RIGHT,
    1143: _NO_RIGHT,
    1227: _NO_RIGHT,
    1370: _NO_RIGHT,
    1146: _MISMATCH,
    1054: _MISMATCH,
    1406: _BAD_VALUE,
    1264: _BAD_VALUE,
    1366: _BAD_VALUE,
    1048: _BAD_VALUE,
    1062: _DUPLICATE,
    1205: _BUSY,
    1213: _BUSY,
    1021: _FULL,
    1114: _FULL,
    1290: _READ_ONLY,
    1836: _READ_ONLY,
    1040: "the server at {address} has too many connections. Stop a process that uses it, "
    "or raise max_connections there.",
    1053: _LOST,
    1927: _LOST,
    2006: _LOST,
    2013: _LOST,
    2055: _LOST,
}
_SQLITE_REFUSALS = {
    "SQLITE_CANTOPEN": "{where} cannot be opened. "
    "Point LSTM_ASSETS_HOME or LSTM_ASSETS_DATABASE_URL at a place you can write.",
    "SQLITE_READONLY": _READ_ONLY,
    "SQLITE_FULL": _FULL,
    "SQLITE_IOERR": "{where} cannot be read or written: {detail}. Check its disk, then try again.",
    "SQLITE_NOTADB": "{where} is not an SQLite database. "
    "Move that file away, or point LSTM_ASSETS_DATABASE_URL at another file.",
    "SQLITE_CORRUPT": "{where} is damaged. Restore it from a backup, or move it away.",
    "SQLITE_BUSY": _BUSY,
    "SQLITE_LOCKED": _BUSY,
    "SQLITE_CONSTRAINT_PRIMARYKEY": _DUPLICATE,
    "SQLITE_CONSTRAINT_NOTNULL": _BAD_VALUE,
    "SQLITE_MISMATCH": _BAD_VALUE,
    "SQLITE_ERROR": _MISMATCH,
}


class TransientError(StoreError):
    """Another process interrupted the work; another attempt may help."""


class OutageError(TransientError):
    """The server cannot be reached or the connection was lost; it may come back."""


@contextmanager
def store_errors(url: URL, setting: str = DATABASE_URL) -> Iterator[None]:
    """Raise errors of the database at `url` as a StoreError of one line.

    Args:
        url: of the database.
        setting: the environment variable that holds the URL, for messages.
    """
    try:
        yield
    except DBAPIError as error:
        raise _refusal(error, url, setting) from error
    except PoolTimeoutError as error:
        raise TransientError(
            f"every connection to {shown(url)} is in use. Use fewer threads, or try again."
        ) from error
    except SQLAlchemyError as error:
        raise StoreError(f"{shown(url)}: {_one_line(error, url)}. {INIT_DB}") from error


def shown(url: URL) -> str:
    """Return the database's URL without password and options."""
    return url.set(query={}).render_as_string(hide_password=True)


def _refusal(error: DBAPIError, url: URL, setting: str) -> StoreError:
    code = _code(error)
    template = _SQLITE_REFUSALS.get(code) if isinstance(code, str) else _MYSQL_REFUSALS.get(code)
    other = "{where} refused a statement: {detail}. See the server's documentation."
    text = (template or other).format(
        address=_address(url),
        database=url.database or "of the URL",
        detail=_one_line(error.orig, url),
        user=f"{url.username}@{url.host}",
        where=shown(url),
    )
    text = text.replace(DATABASE_URL, setting)
    if code in _MYSQL_OUTAGE or _NO_CONNECTION in str(error.orig):
        return OutageError(text)
    transient = code in _MYSQL_TRANSIENT or code in _SQLITE_TRANSIENT
    return TransientError(text) if transient else StoreError(text)


def _code(error: DBAPIError) -> int | str:
    number = getattr(error.orig, "errno", None)
    if number is not None:
        return int(number)
    name = str(getattr(error.orig, "sqlite_errorname", ""))
    # Most SQLite errors have detailed names, as SQLITE_IOERR_WRITE; the family is enough here.
    family = next((known for known in _SQLITE_REFUSALS if name.startswith(known + "_")), name)
    return name if name in _SQLITE_REFUSALS else family


def _address(url: URL) -> str:
    return f"{url.host}:{url.port or 3306}"


def _one_line(error: BaseException | None, url: URL) -> str:
    text = str(getattr(error, "msg", None) or error or "no reason given")
    line = re.sub(r"\s+", " ", text.split("[SQL:")[0]).strip(" .")
    # No message may contain the password, also not as part of a value that the driver quotes.
    return line.replace(str(url.password), "***") if url.password else line
