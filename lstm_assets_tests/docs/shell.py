"""The shell blocks of a page, run line by line.

What takes seconds is run, in this process where it is the command itself. What serves or takes many
minutes is looked up: its target, its module and its options exist. Anything else is refused, so a
new kind of line is either taught here or marked in the page as not run.
"""

import argparse
import importlib
import importlib.util
import inspect
import io
import re
import shlex
from collections.abc import Sequence
from contextlib import chdir, redirect_stderr
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn
from unittest.mock import patch

from lstm_assets.cli.commands import cli
from lstm_assets_tests.docs.pages import ROOT
from lstm_assets_tests.site import Done, Site

_TARGET = re.compile(r"^([a-z][a-z-]*)(?: [^:=]*)?:(?!=)", re.MULTILINE)
_BIN = re.compile(r"\.venv(-bench)?/bin/")
DATABASES = ("LSTM_ASSETS_DATABASE_URL", "DAGSTER_MYSQL_URL")  # settings that lines may export
STUDY = "USDKRW"  # of `make tune`


class UnknownLineError(Exception):
    """A line that is neither run nor looked up."""


@dataclass
class Shell:
    """A folder where the lines of one page are run one after another."""

    site: Site
    exported: dict[str, str] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)

    def run(self, text: str) -> None:
        """Run a block; raises AssertionError for a line that fails, UnknownLineError."""
        for line in text.splitlines():
            if words := shlex.split(line, comments=True):
                self._line(line, words)

    def _line(self, line: str, words: list[str]) -> None:
        match words:
            case ["export", setting]:
                name, _, value = setting.partition("=")
                assert name in DATABASES, f"{line}: no command here would see it"
                self.exported[name] = value
            case ["make", target, *rest]:
                self._make(target, rest)
            case [program, *rest] if _BIN.sub("", program) == "lstm-assets":
                self._command(line, rest)
            case [program, "-m", module, *rest] if _BIN.sub("", program) == "python":
                look_up_module(module, rest)
            case _:
                raise UnknownLineError(
                    f"{line!r} is neither run nor looked up. Teach it to shell.py, or write "
                    "`<!-- not run: reason -->` before its block."
                )

    def _make(self, target: str, rest: Sequence[str]) -> None:
        assert target in targets(), f"Makefile has no target {target}"
        given = dict(each.partition("=")[::2] for each in rest)
        known = {"ARGS", "STUDY"} | ({"PYTHON", "VENV"} if target == "fast" else set())
        assert given.keys() <= known, f"make {target} takes no {given}"
        arguments = shlex.split(given.get("ARGS", ""))
        if target == "tune":
            self._command(f"make {target}", ["tune", given.get("STUDY", STUDY), *arguments])
        elif target == "dev":
            self._command(f"make {target}", ["dev", *arguments])
        elif target == "bench":
            look_up_module("lstm_assets_tests.benchmarks.training_speed", arguments)

    def _command(self, line: str, arguments: Sequence[str]) -> None:
        words, output = _redirected(arguments)
        name, *rest = words
        if name == "dev":  # it serves until it is stopped
            cli.commands[name].make_context(name, rest)
            return
        if name == "tune" and "--workers" not in words:
            words = [*words, "--workers", "0"]  # saves the start of training processes
        with chdir(self.site.folder):
            done = self._here(words)
        assert done.status == 0, f"{line}: {done}"
        if output:
            (self.site.folder / output).write_text(done.stdout)
        self.ran.append(shlex.join(arguments))

    def _here(self, words: Sequence[str]) -> Done:
        urls = [self.exported.get(name, "") for name in DATABASES]
        return Site(self.site.folder, *urls).here(*words)


def targets() -> set[str]:
    """The Makefile's targets that are called by name."""
    return set(_TARGET.findall((ROOT / "Makefile").read_text()))


class _Parsed(Exception):
    """A module has taken its arguments, and is not to go on."""


def look_up_module(name: str, arguments: Sequence[str]) -> None:
    """Refuse a module that is not there, or whose command line has no such arguments."""
    assert importlib.util.find_spec(name), f"there is no module {name}"
    if not arguments:
        return
    module = importlib.import_module(name)
    assert "ArgumentParser" in inspect.getsource(module), f"{name} takes no arguments"
    parse = argparse.ArgumentParser.parse_args

    def parse_alone(parser: argparse.ArgumentParser) -> NoReturn:
        parse(parser, list(arguments))
        raise _Parsed

    with (
        patch.object(argparse.ArgumentParser, "parse_args", parse_alone),
        redirect_stderr(io.StringIO()) as said,
    ):
        try:
            module.main()
        except SystemExit:
            raise AssertionError(f"{name} {shlex.join(arguments)}: {said.getvalue()}") from None
        except _Parsed:
            return


def _redirected(arguments: Sequence[str]) -> tuple[list[str], Path | None]:
    words = list(arguments)
    if ">" not in words:
        return words, None
    at = words.index(">")
    assert at == len(words) - 2, f"a redirection is to end the line: {shlex.join(words)}"
    return words[:at], Path(words[-1])
