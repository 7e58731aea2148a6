"""One training of a study at a time."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from lstm_assets.store.engine import open_engine
from lstm_assets.store.locks import training_lock

HOLD = """
import sys, time
from lstm_assets.store.engine import open_engine
from lstm_assets.store.locks import training_lock
with training_lock(open_engine(sys.argv[1]), "USD") as held:
    print(held, flush=True)
    time.sleep(300)
"""


@contextmanager
def held_elsewhere(url: str) -> Iterator["subprocess.Popen[str]"]:
    """Another process that holds the lock of USD; killed at the end."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, url], stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stdout
        try:
            assert process.stdout.readline() == "True\n"
            yield process
        finally:
            process.kill()


def test_a_lock_is_held_once(engine: Engine, database_url: str) -> None:
    with held_elsewhere(database_url), training_lock(engine, "USD") as held:
        assert not held


def test_studies_do_not_wait_for_each_other(engine: Engine, database_url: str) -> None:
    with held_elsewhere(database_url), training_lock(engine, "USDKRW") as held:
        assert held


def test_the_lock_of_a_killed_process_is_free(engine: Engine, database_url: str) -> None:
    told: list[str] = []
    with held_elsewhere(database_url) as process:

        def kill() -> None:
            told.append("waiting")
            threading.Timer(0.5, os.kill, (process.pid, signal.SIGKILL)).start()

        with training_lock(engine, "USD", waiting=kill) as held:
            assert held
            assert process.wait(timeout=30) == -signal.SIGKILL

    assert told == ["waiting"]


def test_a_lock_is_given_back(engine: Engine, database_url: str) -> None:
    other = open_engine(database_url)
    for one in (engine, other, engine):
        with training_lock(one, "USD") as held:
            assert held
    other.dispose()
