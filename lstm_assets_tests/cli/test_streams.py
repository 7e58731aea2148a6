"""What a command prints to: encodings, pipes that close, devices that are full."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from lstm_assets_tests.site import SECONDS, Site, command

PRINTING = """
from lstm_assets.cli.streams import safe_streams, say
with safe_streams():
    for err in (False, True):
        say("금 é 1", err=err)
"""


def ran(script: str, **others: object) -> "subprocess.CompletedProcess[bytes]":
    """A script in a Python process of its own."""
    return subprocess.run(
        [sys.executable, "-c", script],
        check=False,
        timeout=60,
        cwd=Path(__file__).parents[2],
        **({"capture_output": True} | others),
    )


@pytest.mark.parametrize(
    ("encoding", "printed"),
    [
        ("utf-8", "금 é 1\n".encode()),
        ("cp949", "금 é 1\n".encode("cp949", "backslashreplace")),
        ("latin-1", b"\\uae08 \xe9 1\n"),
        ("ascii:strict", b"\\uae08 \\xe9 1\n"),
    ],
)
def test_what_an_encoding_lacks_is_escaped(
    encoding: str, printed: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", encoding)

    done = ran(PRINTING)

    assert (done.returncode, done.stdout, done.stderr) == (0, printed, printed)


PRINTING_MUCH = """
import sys
from lstm_assets.cli.streams import safe_streams, say
with safe_streams() as streams:
    for n in range(20_000):
        say(f"line {n}")
    refusal = streams.refusal()
    if refusal:
        say(f"Error: {refusal}", err=True)
    open(sys.argv[1], "w").write("done")
"""


@pytest.mark.parametrize("redirect", ["| head -1", "2>&1 | head -1"])
def test_a_pipe_that_closes_ends_the_printing_only(redirect: str, tmp_path: Path) -> None:
    end = tmp_path / "end"
    (tmp_path / "script.py").write_text(PRINTING_MUCH)

    done = shell(f"{sys.executable} {tmp_path}/script.py {end} {redirect}; echo ${{PIPESTATUS[0]}}")

    assert done.stdout == "line 0\n0\n"
    assert done.stderr == ""
    assert end.read_text() == "done"


def test_a_full_device_is_one_line_and_ends_the_printing_only(tmp_path: Path) -> None:
    end = tmp_path / "end"
    (tmp_path / "script.py").write_text(PRINTING_MUCH)

    done = shell(f"{sys.executable} {tmp_path}/script.py {end} > /dev/full")

    [line] = done.stderr.splitlines()
    assert line.startswith("Error: standard output cannot be written: No space left on device.")
    assert end.read_text() == "done"


def test_a_listing_into_a_pipe_that_closes_ends_in_silence(site: Site) -> None:
    site.here("init-db")

    done = shell(
        f"{shlex.join(command())} status TINY | true; echo ${{PIPESTATUS[0]}}", site.environment
    )

    assert (done.stdout, done.stderr) == ("0\n", "")


@pytest.mark.parametrize(
    "arguments", ["status", "leaderboard", "--help", "leaderboard --format csv"]
)
def test_a_command_on_a_full_device_fails_in_one_line(site: Site, arguments: str) -> None:
    site.here("init-db")

    done = shell(f"{shlex.join(command())} {arguments} > /dev/full", site.environment)

    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert line.startswith("Error: standard output cannot be written: No space left on device.")


def test_training_goes_on_when_nobody_reads_any_more(site: Site) -> None:
    done = shell(
        f"{shlex.join(command())} tune TINY --workers 1 2>&1 | true; echo ${{PIPESTATUS[0]}}",
        site.environment | {"PYTHONIOENCODING": "latin-1"},
    )

    assert (done.stdout, done.stderr) == ("0\n", "")
    assert set(site.statuses().values()) == {"Completed"}
    assert len(site.rows("TB_MODELRESULT")) == 4


def shell(
    line: str, environment: dict[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """A command line of bash."""
    others = {"env": environment} if environment else {}
    return subprocess.run(
        ["bash", "-c", line],
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
        cwd=Path(__file__).parents[2],
        **others,
    )
