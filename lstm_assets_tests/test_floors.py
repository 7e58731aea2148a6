"""A folder imports only what stands below it, and only what the table says."""

import subprocess
import sys

import pytest

from lstm_assets_tests.floors import (
    EVERYBODY,
    PACKAGE,
    ROOMS,
    SPLIT,
    broken_rule,
    imports_of,
    real_imports,
    room_of,
)


def test_every_import_of_the_package_is_one_that_the_table_allows() -> None:
    broken = [f"{each}: {rule}" for each in real_imports() if (rule := broken_rule(each))]

    assert not broken, "\n".join(broken)


def test_no_room_may_import_what_stands_above_it() -> None:
    names = [room.name for room in ROOMS]

    upward = [
        f"{room.name} -> {other}"
        for at, room in enumerate(ROOMS)
        for other in room.imports.split()
        if other not in names[at + 1 :]
    ]

    assert not upward


def test_the_table_allows_no_more_than_the_package_does() -> None:
    found = {(each.room, room_of(each.module)) for each in real_imports() if _ours(each.module)}

    unused = [
        f"{room.name} -> {other}"
        for room in ROOMS
        for other in room.imports.split()
        if (room.name, other) not in found
    ]

    assert not unused


def _ours(module: str) -> bool:
    return module.startswith("lstm_assets.")


def test_every_folder_of_the_package_is_a_room_with_a_reason() -> None:
    folders = {
        room_of(".".join(path.relative_to(PACKAGE.parent).parent.parts))
        for path in PACKAGE.rglob("*.py")
    } - {"", "defs"}

    assert folders <= {room.name for room in ROOMS}
    assert all(room.why for room in ROOMS)
    assert set(SPLIT) | set(EVERYBODY.split()) <= {room.name for room in ROOMS}


def test_every_folder_says_what_belongs_there() -> None:
    silent = [
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("__init__.py")
        if not path.read_text("utf-8").startswith('"""')
    ]

    assert not silent


@pytest.mark.parametrize(
    ("file", "source", "rule"),
    [
        ("lstm_assets/search/rounds.py", "import dagster as dg", "Dagster is imported in "),
        (
            "lstm_assets/training/engines/packs.py",
            "def late():\n    from lstm_assets.graph.keys import asset_key",
            "training.engines may import ",
        ),
        (
            "lstm_assets/cells/cell.py",
            "if TYPE_CHECKING:\n    from lstm_assets.store import status",
            "cells may import ",
        ),
        ("lstm_assets/records/cells.py", "from sqlalchemy import select", "SQL is written in "),
        ("lstm_assets/common/text.py", "import lstm_assets.settings", "common may import "),
        ("lstm_assets/plots/svg.py", "from lstm_assets import records", "plots may import "),
        ("lstm_assets/novel/new.py", "from lstm_assets.cells import cell", "the root is no room"),
    ],
)
def test_a_forbidden_import_is_named_by_file_line_and_rule(
    file: str, source: str, rule: str
) -> None:
    [found] = [each for each in imports_of(file, source) if broken_rule(each)]

    assert str(found).startswith(f"{file}:{source.count(chr(10)) + 1} imports ")
    assert broken_rule(found).startswith(rule)


def test_a_worker_process_imports_no_dagster() -> None:
    modules = "lstm_assets.training.executors.worker, lstm_assets.training.engines.lockstep_pack"
    script = f"import sys, {modules}; print('dagster' in sys.modules)"

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout == "False\n"
