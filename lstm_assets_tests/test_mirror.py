"""Tests mirror the package, and import nothing of each other but fixtures and helpers."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lstm_assets_tests.floors import PACKAGE

TESTS = Path(__file__).parent
NAME = TESTS.name

# Folders of the package that need no tests, and folders of tests that mirror none of it.
UNTESTED = {"defs": "holds studies, which the tests of study read"}
APART = {
    "benchmarks": "compare the package with others",
    "docs": "run what the pages say",
    "ui": "use Dagster's pages as a person does",
}


def folders(root: Path) -> set[str]:
    """The folders below a root that hold code, as the root has them."""
    found = {path.parent.relative_to(root).as_posix() for path in root.rglob("*.py")}
    return found - {"."}


def imported(source: str) -> Iterator[str]:
    """The modules of tests that a source imports, also in a script that it starts a process with.

    What is imported from a module is given too, behind a dot, since it may be a module.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name.startswith(f"{NAME}."))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == NAME:
            yield from (f"{node.module}.{each.name}" for each in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from re.findall(rf"(?:import|from) ({NAME}[\w.]*)", node.value)


def module_of(name: str) -> str:
    """The module that an import names, below the tests; empty for the tests' own package."""
    parts = name.split(".")[1:]
    while parts and not TESTS.joinpath(*parts).with_suffix(".py").is_file():
        parts.pop()
    return ".".join(parts)


def imports() -> Iterator[tuple[str, str]]:
    """Who imports which module of the tests; folders that stand apart are left out."""
    for path in sorted(TESTS.rglob("*.py")):
        file = path.relative_to(TESTS).as_posix()
        if file.split("/")[0] not in APART and path != Path(__file__):
            for name in imported(path.read_text("utf-8")):
                if module := module_of(name):
                    yield file, module


def test_each_folder_of_the_package_has_one_of_tests() -> None:
    assert folders(PACKAGE) - set(UNTESTED) - folders(TESTS) == set()


def test_each_folder_of_tests_has_one_of_the_package() -> None:
    mirrors = {each for each in folders(TESTS) if each.split("/")[0] not in APART}

    assert mirrors - folders(PACKAGE) == set()


def test_no_exception_has_outlived_its_reason() -> None:
    assert set(UNTESTED) <= folders(PACKAGE) - folders(TESTS)
    assert set(APART) <= folders(TESTS) - folders(PACKAGE)


def test_no_module_of_tests_is_imported_by_another() -> None:
    found = {(file, each) for file, each in imports() if each.split(".")[-1].startswith("test_")}

    assert found == set()


def test_what_tests_import_says_that_it_is_a_helper() -> None:
    modules = {each for _, each in imports() if each.split(".")[-1] != "conftest"}

    silent = {each for each in modules if "helper" not in opening(each).lower()}

    assert modules
    assert silent == set()


def opening(module: str) -> str:
    """The docstring that a module of tests opens with."""
    path = TESTS.joinpath(*module.split(".")).with_suffix(".py")
    return ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""


@pytest.mark.parametrize(
    "source",
    [
        "from {tests}.cli.test_show import ranked",
        "import {tests}.cli.test_show as show",
        "def late():\n    from {tests}.cli import test_show",
        "script = 'import sys; from {tests}.cli.test_show import ranked'",
    ],
)
def test_an_import_is_found_however_it_is_written(source: str) -> None:
    found = [module_of(each) for each in imported(source.format(tests=NAME))]

    assert found == ["cli.test_show"]
