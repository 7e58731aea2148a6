"""The Dagster instance of this installation: the one of DAGSTER_HOME, or an embedded one."""

from __future__ import annotations

import errno
import functools
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import yaml
from sqlalchemy import URL, make_url

import lstm_assets
from lstm_assets.common.files import write_file
from lstm_assets.errors import HomeError, StoreError
from lstm_assets.settings import DAGSTER_MYSQL_URL, HOME, Settings, settings
from lstm_assets.store.engine import open_engine
from lstm_assets.store.refusals import store_errors

if TYPE_CHECKING:
    import dagster as dg

DAGSTER_HOME = "DAGSTER_HOME"
_NO_WRITING = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES)
_NO_CAPTURE = {
    "module": "dagster._core.storage.noop_compute_log_manager",
    "class": "NoOpComputeLogManager",
}


def prepare_dagster_home(now: Settings) -> Path:
    """Return Dagster's home, its dagster.yaml written if it is the embedded one.

    Raises:
        HomeError: the embedded home cannot be written.
        StoreError: DAGSTER_HOME is set but is no folder.
    """
    given = os.environ.get(DAGSTER_HOME)
    if given:
        if not Path(given).is_dir():
            raise StoreError(
                f"DAGSTER_HOME is {given}, which is no folder. Make it, or unset DAGSTER_HOME to "
                "use the embedded instance."
            )
        return Path(given).absolute()
    write_file(now.dagster_home / "dagster.yaml", _instance_yaml(now).encode())
    os.environ[DAGSTER_HOME] = str(now.dagster_home)
    return now.dagster_home


@contextmanager
def open_instance(now: Settings) -> Iterator[dg.DagsterInstance]:
    """Open the Dagster instance for runs in this process, whose output stays on the terminal.

    Raises:
        StoreError: its storage was not reached, or refused, now or within the block.
        HomeError: likewise, when its home cannot be written, or is full.
    """
    import dagster as dg
    from dagster._core.instance.ref import InstanceRef

    home = str(prepare_dagster_home(now))
    reference = InstanceRef.from_dir(home, overrides={"compute_logs": _NO_CAPTURE})
    with (
        storage_refusals(),
        redirect_stderr(_WithoutEcho(sys.stderr)),
        dg.DagsterInstance.from_ref(reference) as instance,
    ):
        yield instance


class _WithoutEcho:
    """The terminal, less what Dagster writes there of an event that it could not store.

    It raises that as well, and we say it in one line.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        echo = text.startswith("Exception while writing logger call to event log: ")
        return len(text) if echo else self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def storage_refusals() -> Iterator[None]:
    """Raise what Dagster's storage refuses, now or during a run, as an error of one line.

    Raises:
        StoreError: its database was not reached (OutageError), or refused.
        HomeError: its home cannot be written, or is full.
    """
    home = os.environ.get(DAGSTER_HOME) or settings().dagster_home
    mysql = os.environ.get(DAGSTER_MYSQL_URL)
    url = _url_of(mysql) if mysql else make_url(f"sqlite:///{home}")
    try:
        with store_errors(url, DAGSTER_MYSQL_URL if mysql else HOME):
            yield
    except OSError as error:
        if error.errno not in _NO_WRITING:
            raise
        raise HomeError(
            f"{home} cannot be written: {error.strerror}. Free some space, or set {HOME} to a "
            "folder that can be written."
        ) from error


@functools.cache
def _url_of(mysql: str) -> URL:
    return open_engine(mysql).url


def _instance_yaml(now: Settings) -> str:
    """Return dagster.yaml as it ships, less its storage section where there is no MySQL.

    Both instances come from one file, so they cannot drift apart.
    """
    package = Path(lstm_assets.__file__).parent
    inside = package / "dagster.yaml"
    shipped = inside if inside.is_file() else package.parent / "dagster.yaml"
    text = shipped.read_text("utf-8")
    if now.dagster_mysql:
        return text
    content: dict[str, Any] = yaml.safe_load(text)
    del content["storage"]
    return yaml.safe_dump(content, sort_keys=False)
