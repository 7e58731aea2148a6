"""What a command prints to: encodings, pipes that close, devices that are full."""

import subprocess
import sys
from pathlib import Path

import pytest

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
