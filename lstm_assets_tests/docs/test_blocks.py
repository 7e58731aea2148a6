"""Every block of code of the documentation that can run is run.

A page's shell blocks run in their order in one home, with a study of the reference study's name
that takes seconds. A block that cannot run says why in its page, before its fence.
"""

import re
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import chdir, closing, contextmanager
from pathlib import Path
from typing import Any

import click
import dagster as dg
import pytest
import yaml
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from lstm_assets.components.tuning_study import definitions_of
from lstm_assets.errors import StudyError
from lstm_assets.study import Study
from lstm_assets.study.file import read_study
from lstm_assets_tests.docs.pages import README_KO, Block, Page, pages
from lstm_assets_tests.docs.shell import Shell, UnknownLineError
from lstm_assets_tests.docs.small_study import NAME, read_with, write_small_study
from lstm_assets_tests.mariadb import Server
from lstm_assets_tests.site import Site

# README.ko.md has the blocks of README.md: test_languages compares them.
PAGES = [page for page in pages() if page.path != README_KO]
BLOCKS = [block for page in PAGES for block in page.blocks]
MYSQL = "docs/mysql.md"  # the page whose blocks need a server

LANGUAGES = {"yaml", "sh", "python", "sql", "text"}  # text is what a command prints


def written_in(language: str) -> list[Any]:
    """The blocks of a language that run, but for those of the page that needs a server."""
    return [
        pytest.param(block, id=block.name)
        for block in BLOCKS
        if block.language == language and not block.not_run and block.page != MYSQL
    ]


def left_out() -> list[Any]:
    """The blocks that do not run, with the reason that their page gives."""
    return [
        pytest.param(block, id=block.name, marks=pytest.mark.skip(reason=block.not_run))
        for block in BLOCKS
        if block.not_run
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_block_says_its_language(page: Page) -> None:
    assert {block.language for block in page.blocks} <= LANGUAGES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_is_not_run_stands_before_a_block(page: Page) -> None:
    assert page.text.count("<!-- not run:") == sum(bool(each.not_run) for each in page.blocks)


@pytest.mark.parametrize("block", left_out())
def test_a_block_is_not_run(block: Block) -> None:
    """Only to show in the summary what is not run, and why."""


# YAML


@pytest.mark.parametrize("block", written_in("yaml"))
def test_yaml_is_read(block: Block, tmp_path: Path) -> None:
    read_yaml(block, tmp_path)


def read_yaml(block: Block, folder: Path) -> None:
    """Read a study, a piece of one, or the configuration of a run."""
    content = yaml.safe_load(block.text)
    if "attributes" in content:
        named = re.match(r"# studies/(\w+)/defs\.yaml\n", block.text)
        file = folder / (named[1] if named else NAME) / "defs.yaml"
        file.parent.mkdir()
        file.write_text(block.text)
        read_study(file)
    elif "ops" in content:
        check_run_config(read_with(folder, {}), content)
    else:
        read_with(folder, content)


def check_run_config(study: Study, config: Mapping[str, Any]) -> None:
    """Check the configuration of each asset by the job that materializes it."""
    jobs = dg.Definitions.merge(definitions_of(study))
    of_asset = {"hyperparameter_grid": "build_grid", "model_results": "tune"}
    for op, given in config["ops"].items():
        name, _, asset = op.rpartition("__")
        assert name == study.name
        job = jobs.resolve_job_def(f"{study.name}__{of_asset[asset]}")
        assert dg.validate_run_config(job, {"ops": {op: given}})


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("retune: {enable: true}", StudyError),
        ("search:\n  methd: random", StudyError),
        ("source: {kind: yahooo}", StudyError),
        ("type: lstm_assets.components.TuningStudy\nattributes: {code: GOLD}", StudyError),
        ("ops: {usd_krw__model_results: {config: {worker: 2}}}", dg.DagsterInvalidConfigError),
        ("ops: {usd_krw__model_results: {config: {device: gpu}}}", dg.DagsterInvalidConfigError),
    ],
)
def test_a_yaml_block_with_a_mistake_is_found(
    text: str, error: type[Exception], tmp_path: Path
) -> None:
    with pytest.raises(error):
        read_yaml(Block("page", 1, "yaml", text), tmp_path)


# Shell


def shell_in(folder: Path) -> Shell:
    """A folder with the study, where nothing was run yet."""
    site = Site(folder)
    write_small_study(site.studies)
    return Shell(site)


@pytest.fixture(scope="session")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The study, tuned. Not to be changed."""
    shell = shell_in(tmp_path_factory.mktemp("tuned"))
    shell.run("make tune")
    return shell.site


@pytest.fixture
def copy(tuned: Site, tmp_path: Path) -> Site:
    """A copy of the tuned site, to be changed."""
    shutil.copytree(tuned.folder, tmp_path / "copy")
    return Site(tmp_path / "copy")


def with_shell_blocks() -> list[Page]:
    return [p for p in PAGES if p.name != MYSQL and any(b.language == "sh" for b in p.blocks)]


@pytest.mark.parametrize("page", with_shell_blocks(), ids=lambda page: page.name)
def test_the_shell_blocks_of_a_page_run_in_order(page: Page, copy: Site) -> None:
    shell = Shell(copy)
    for block in page.blocks:
        study = re.match(r"# (studies/\w+/defs\.yaml)\n", block.text)
        if block.language == "yaml" and study:  # a file that the next lines may use
            (copy.folder / study[1]).parent.mkdir(exist_ok=True)
            (copy.folder / study[1]).write_text(block.text)
        elif block.language == "sh" and not block.not_run:
            shell.run(block.text)


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("make tuna", AssertionError),
        ("make dev PORT=3", AssertionError),
        ("make bench ARGS='--sizes small'", AssertionError),
        ("lstm-assets tune --sets epoch=1", AssertionError),
        ("lstm-assets leaderboard NONE", AssertionError),
        (".venv/bin/lstm-assets dev --prt 1", click.NoSuchOption),
        ("python -m lstm_assets_tests.benchmarks.none", AssertionError),
        ("curl https://example.com", UnknownLineError),
    ],
)
def test_a_line_with_a_mistake_is_found(line: str, error: type[Exception], tmp_path: Path) -> None:
    with pytest.raises(error):
        shell_in(tmp_path).run(line)


# Python

# So that a block takes seconds: nine years less of prices, and no processes to start.
SMALLER = {"datetime.date(2013, 1, 1)": "datetime.date(2021, 1, 1)", "n_jobs=2": "n_jobs=1"}
_MODEL_FILE = re.compile(r"\.lstm_assets/models/USDKRW/USDKRW-\d+-v\d+-[0-9a-f]{12}\.pt")


@pytest.mark.parametrize("block", written_in("python"))
def test_python_is_executed(block: Block, tuned: Site) -> None:
    with chdir(tuned.folder):
        exec(compile(smaller(block.text, tuned), block.name, "exec"), {})


def smaller(code: str, site: Site) -> str:
    for large, small in SMALLER.items():
        code = code.replace(large, small)
    [model, *_] = sorted((site.home / "models" / "USDKRW").iterdir())
    return _MODEL_FILE.sub(str(model), code)


# SQL


@pytest.mark.parametrize("block", written_in("sql"))
def test_sql_is_answered_by_the_tables(block: Block, copy: Site) -> None:
    copy.execute("UPDATE TB_TASKSTATUS SET STATUS = 'Error' WHERE CODE_TASK = 'USDKRW-0002'")

    with closing(create_engine(copy.url, poolclass=NullPool).connect()) as conn:
        assert conn.execute(text(block.text)).all()


@pytest.mark.mysql
def test_the_statements_and_commands_of_the_mysql_page_run_in_order(
    mysql_server: Server, tmp_path: Path
) -> None:
    [page] = [page for page in PAGES if page.name == MYSQL]
    shell = shell_in(tmp_path)

    with own_names(mysql_server) as renamed:
        for block in page.blocks:
            if block.language == "sql":
                mysql_server.run(*renamed(block.text).strip().removesuffix(";").split(";\n"))
            elif block.language == "sh" and not block.not_run:
                shell.run(renamed(block.text))

    assert shell.exported.keys() == {"LSTM_ASSETS_DATABASE_URL", "DAGSTER_MYSQL_URL"}
    assert shell.ran == ["init-db", "tune USDKRW"]
    assert not (shell.site.home / "lstm_assets.db").exists()


@contextmanager
def own_names(server: Server) -> Iterator[Callable[[str], str]]:
    """Rename the page's databases, user and address to those of a test; they are dropped after."""
    tag = uuid.uuid4().hex[:8]
    tables, runs, user = f"lstm_assets_test_{tag}", f"dagster_test_{tag}", f"tuner_{tag}"
    names = {
        r"(DATABASE |ON |:3306/)lstm_assets\b": rf"\g<1>{tables}",
        r"(DATABASE |ON |:3306/)dagster\b": rf"\g<1>{runs}",
        r"\btuner\b": user,
        r"127\.0\.0\.1:3306": f"{server.admin.host}:{server.admin.port or 3306}",
    }

    def renamed(block: str) -> str:
        for pattern, name in names.items():
            block = re.sub(pattern, name, block)
        return block

    try:
        yield renamed
    finally:
        server.run(*(f"DROP DATABASE IF EXISTS {name}" for name in (tables, runs)))
        server.run(f"DROP USER IF EXISTS '{user}'@'%'")
