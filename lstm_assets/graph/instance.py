"""The Dagster instance that commands use: the one in DAGSTER_HOME, or an embedded one."""

from __future__ import annotations

import errno
import functools
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from sqlalchemy import URL, make_url

import lstm_assets
from lstm_assets.common.files import write_file
from lstm_assets.errors import HomeError, StoreError
from lstm_assets.graph.storage import DAGSTER_HOME
from lstm_assets.settings import DAGSTER_MYSQL_URL, HOME, Settings, settings
from lstm_assets.store.engine import open_engine
from lstm_assets.store.locks import creation_lock
from lstm_assets.store.refusals import store_errors

if TYPE_CHECKING:
    import dagster as dg
    from dagster._core.instance.ref import InstanceRef

_NOT_WRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES)
_NO_CAPTURE = {
    "module": "dagster._core.storage.noop_compute_log_manager",
    "class": "NoOpComputeLogManager",
}


def prepare_dagster_home(environment: Settings) -> Path:
    """Return Dagster's home folder; write dagster.yaml into it if it is the embedded one.

    Raises:
        HomeError: the embedded home cannot be written.
        StoreError: DAGSTER_HOME is set but is not a folder.
    """
    given = os.environ.get(DAGSTER_HOME)
    if given:
        if not Path(given).is_dir():
            raise StoreError(
                f"DAGSTER_HOME is {given}, which is not a folder. Create it, or unset DAGSTER_HOME "
                "to use the embedded instance."
            )
        return Path(given).absolute()
    write_file(environment.dagster_home / "dagster.yaml", _instance_yaml())
    os.environ[DAGSTER_HOME] = str(environment.dagster_home)
    return environment.dagster_home


@contextmanager
def open_instance(environment: Settings) -> Iterator[dg.DagsterInstance]:
    """Open the Dagster instance for runs in this process. Their output stays on the terminal.

    Raises:
        StoreError: its storage cannot be reached, or refused, here or within the block.
        HomeError: its home cannot be written, or is full, here or within the block.
    """
    from dagster._core.instance.ref import InstanceRef

    home = str(prepare_dagster_home(environment))
    reference = InstanceRef.from_dir(home, overrides={"compute_logs": _NO_CAPTURE})
    with (
        storage_refusals(),
        redirect_stderr(_StderrFilter(sys.stderr)),
        _opened(reference, Path(home)) as instance,
    ):
        yield instance


def _opened(reference: InstanceRef, home: Path) -> dg.DagsterInstance:
    """Open an instance. The first time, this creates its tables, for which Dagster has no lock."""
    import dagster as dg

    mysql = os.environ.get(DAGSTER_MYSQL_URL)
    engine = open_engine(mysql or f"sqlite:///{home / 'storage'}")
    try:
        with creation_lock(engine, home / "creation.lock"):
            return dg.DagsterInstance.from_ref(reference)
    finally:
        engine.dispose()


class _StderrFilter:
    """Standard error without the lines that Dagster writes about events it could not store.

    Dagster raises the same error, and the command shows it in one line.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        repeats_error = text.startswith("Exception while writing logger call to event log: ")
        return len(text) if repeats_error else self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def storage_refusals() -> Iterator[None]:
    """Turn errors of Dagster's storage within this block into errors of one line.

    Raises:
        StoreError: its database cannot be reached (OutageError), or refused.
        HomeError: its home cannot be written, or is full.
    """
    home = os.environ.get(DAGSTER_HOME) or settings().dagster_home
    mysql = os.environ.get(DAGSTER_MYSQL_URL)
    url = _url_of(mysql) if mysql else make_url(f"sqlite:///{home}")
    try:
        with store_errors(url, DAGSTER_MYSQL_URL if mysql else HOME):
            yield
    except OSError as error:
        if error.errno not in _NOT_WRITABLE:
            raise
        raise HomeError(
            f"{home} cannot be written: {error.strerror}. Free some space, or set {HOME} to a "
            "folder that can be written."
        ) from error


@functools.cache
def _url_of(mysql: str) -> URL:
    try:
        return open_engine(mysql).url
    except StoreError as error:
        raise StoreError(f"{DAGSTER_MYSQL_URL}: {error}") from None


def _instance_yaml() -> bytes:
    """Return dagster.yaml as it ships: in an installed package, or beside it in a checkout."""
    package = Path(lstm_assets.__file__).parent
    inside = package / "dagster.yaml"
    return (inside if inside.is_file() else package.parent / "dagster.yaml").read_bytes()
