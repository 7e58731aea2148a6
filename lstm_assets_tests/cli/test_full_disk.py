"""A disk that runs full stops the command in one line; with room again it goes on."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lstm_assets_tests.site import Site
from lstm_assets_tests.studies import write_study


@pytest.fixture(params=["1000k", "1200k", "1600k"])
def small(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Site]:
    """A site on a disk too small for Dagster's storage: full in another stage with each size."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={request.param}", "tmpfs", str(tmp_path)]
    try:
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
    except OSError as error:
        pytest.skip(f"no small disk can be made here: {error}")
    if done.returncode:
        pytest.skip(f"no small disk can be made here: {done.stderr.strip()}")
    write_study(tmp_path / "studies")
    yield Site(tmp_path)
    subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


def test_it_stops_in_one_line_and_goes_on_when_there_is_room(small: Site) -> None:
    full = small.run("tune", "--workers", "0")
    subprocess.run(["mount", "-o", "remount,size=50m", str(small.folder)], check=True)
    again = small.run("tune", "--workers", "0")

    errors = [line for line in full.stderr.splitlines() if "cells" not in line]
    assert full.status == 1
    assert len(errors) == 1
    assert errors[0].startswith("Error: ")
    assert re.search("has no free space|cannot be (read or )?written", errors[0])
    assert again.status == 0
    assert {version for _, version in small.versions()} == {1}
    assert set(small.statuses().values()) == {"Completed"}
