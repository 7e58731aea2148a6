"""Which process carries out a run, and whether it lives."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from lstm_assets.graph import processes
from lstm_assets.graph.processes import has_ended, has_process, lived_at, this_process
from lstm_assets.graph.tags import PROCESS
from lstm_assets_tests.cli.processes import wait_until

NAME_AND_WAIT = """
import sys
from pathlib import Path
from lstm_assets.graph import processes
processes.PROC = Path(sys.argv[1])
print(processes.this_process("run"), flush=True)
sys.stdin.read()
"""
HOST, NAMESPACE, PID, BOOT, START = range(1, 6)

linux = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
Child = tuple["subprocess.Popen[str]", dict[str, str]]


@contextmanager
def open_child(proc: Path) -> Iterator[Child]:
    """A process that says what it is named, and ends when it is told to; with its run's tags."""
    with subprocess.Popen(
        [sys.executable, "-c", NAME_AND_WAIT, str(proc)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        assert process.stdout
        try:
            yield process, {PROCESS: process.stdout.readline().strip()}
        finally:
            process.kill()


@pytest.fixture(params=[pytest.param("/proc", marks=linux), "/nowhere"], ids=["proc", "psutil"])
def child(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Child]:
    """On Linux, and as on a system without /proc."""
    monkeypatch.setattr(processes, "PROC", Path(request.param))
    with open_child(processes.PROC) as child:
        yield child


def changed(part: int, to: str | Callable[[str], str]) -> dict[str, str]:
    """Tags of a run that this process carries out, but for one part of its name."""
    parts = this_process("run").split(" ")
    parts[part] = to if isinstance(to, str) else to(parts[part])
    return {PROCESS: " ".join(parts)}


def test_a_process_that_lives_has_not_ended(child: Child) -> None:
    process, tags = child

    assert tags[PROCESS].split(" ")[PID] == str(process.pid)
    assert len(tags[PROCESS].split(" ")) == 6
    assert has_process("run", tags)
    assert not has_ended("run", tags)


def test_a_process_that_was_killed_has_ended(child: Child) -> None:
    process, tags = child
    process.kill()
    process.wait()

    assert has_ended("run", tags)


def test_a_process_that_nobody_waited_for_has_ended(child: Child) -> None:
    process, tags = child
    process.kill()
    wait_until(
        lambda: psutil.Process(process.pid).status() == psutil.STATUS_ZOMBIE, "it is a zombie"
    )

    assert has_ended("run", tags)
    assert not lived_at(process.pid, time.time())


@linux
def test_a_process_is_named_by_what_linux_tells_of_it() -> None:
    run_id, _, namespace, pid, boot, start = this_process("run").split(" ")

    assert (run_id, pid) == ("run", str(os.getpid()))
    assert os.readlink("/proc/self/ns/pid") == f"pid:[{namespace}]"
    assert Path("/proc/sys/kernel/random/boot_id").read_text() == f"{boot}\n"
    since_boot = int(start) / os.sysconf("SC_CLK_TCK")
    since_1970 = psutil.Process().create_time()
    assert since_1970 == pytest.approx(psutil.boot_time() + since_boot, abs=2)


@linux
def test_a_later_process_of_the_same_number_is_another() -> None:
    assert has_ended("run", changed(START, lambda ticks: str(int(ticks) - 1)))


@linux
def test_no_process_outlives_the_machines_start() -> None:
    assert has_ended("run", changed(BOOT, "00000000-0000-0000-0000-000000000000"))


@pytest.mark.parametrize("part", [HOST, NAMESPACE])
def test_of_another_host_or_namespace_nothing_is_known(part: int) -> None:
    tags = changed(part, "another")
    gone = {PROCESS: tags[PROCESS].replace(f" {os.getpid()} ", " 4194305 ")}

    assert has_process("run", tags)
    assert not has_ended("run", tags)
    assert not has_ended("run", gone)


def test_a_tag_that_was_copied_from_another_run_names_nobody() -> None:
    tags = changed(PID, "4194305")  # above the highest number a process can have

    assert has_ended("run", tags)
    assert not has_process("another-run", tags)
    assert not has_ended("another-run", tags)


@pytest.mark.parametrize(
    "tags", [{}, {PROCESS: ""}, {PROCESS: "run"}, {PROCESS: "run host 1 1.00"}]
)
def test_of_a_process_that_is_not_named_nothing_is_known(tags: dict[str, str]) -> None:
    assert not has_ended("run", tags)


def test_a_host_of_two_words_is_one_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "Anna's computer")

    assert this_process("run").split(" ")[HOST] == "Anna's-computer"
    assert not has_ended("run", {PROCESS: this_process("run")})


@linux
def test_a_process_that_proc_does_not_show_has_not_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "self").mkdir()
    (tmp_path / "self/stat").touch()
    tags = {PROCESS: f"run {socket.gethostname()} - {os.getpid()} - 1"}
    gone = {PROCESS: f"run {socket.gethostname()} - 4194305 - 1"}

    monkeypatch.setattr(processes, "PROC", tmp_path)  # as mounted with hidepid

    assert not has_ended("run", tags)
    assert has_ended("run", gone)


def test_a_process_lived_at_a_time_after_its_start() -> None:
    start = psutil.Process().create_time()

    assert lived_at(os.getpid(), start + 1)
    assert lived_at(os.getpid(), start - 50)  # the clock may have been set
    assert not lived_at(os.getpid(), start - 70)
    assert not lived_at(4194305, start)
