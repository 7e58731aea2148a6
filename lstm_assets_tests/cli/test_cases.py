"""Studies and tables on which a release failed, each by the command on every database."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from lstm_assets.store.engine import open_engine
from lstm_assets_tests.cli.conftest import EVERYWHERE
from lstm_assets_tests.mariadb import Server
from lstm_assets_tests.site import SECONDS, Site, command
from lstm_assets_tests.store.existing import CASES, DECIMAL_TABLES, FLOAT_TABLES, run_sql
from lstm_assets_tests.studies import prices

FOREIGN_ROWS = (CASES / "foreign_status" / "rows.sql").read_text("utf-8")
EMPTY_TABLES = "\n".join(line for line in FLOAT_TABLES.splitlines() if "CREATE TABLE" in line)
CELLS = {"FT": 4, "FG": 4, "FR": 2, "FB": 4, "FC": 4, "FH": 6}  # a search method each


@dataclass(frozen=True)
class Sites:
    """Makes sites on one kind of database."""

    server: Server | None  # None: SQLite
    databases: ExitStack

    def make(self, folder: Path, case: str, script: str = "", charset: str = "utf8mb4") -> Site:
        """Return a site with the studies of a case, after a script was run on its database."""
        shutil.copytree(CASES / case, folder / "studies", ignore=shutil.ignore_patterns("*.sql"))
        site = Site(folder)
        site.home.mkdir()
        if self.server:
            site = Site(folder, self.databases.enter_context(self.server.database()))
            script = f"ALTER DATABASE CHARACTER SET {charset};\n{script}"
        engine = open_engine(site.url)
        run_sql(engine, script)
        engine.dispose()
        return site


@pytest.fixture(scope="module", params=EVERYWHERE)
def sites(request: pytest.FixtureRequest) -> Iterator[Sites]:
    on_server = request.param == "mysql"
    with ExitStack() as databases:
        yield Sites(request.getfixturevalue("mysql_server") if on_server else None, databases)


def tune(site: Site, code: str) -> tuple[int, str]:
    """Tune a study; return how many cells were trained, and what the command printed."""
    done = site.here("tune", code, "--workers", "0")
    assert done.status == 0, done.stderr
    trained = re.findall(r"^(\d+) cells? to train", done.stderr, re.MULTILINE)
    return sum(map(int, trained)), done.stdout


def codes_of(site: Site, study: str) -> list[str]:
    codes = [row["CODE_TASK"] for row in site.rows("TB_HYPERPARAMETER")]
    return [code for code in codes if code.startswith(f"{study}-")]


@pytest.fixture(scope="module")
def old(sites: Sites, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The tables of the reference documents with rows of an old system, after --widen."""
    site = sites.make(tmp_path_factory.mktemp("old"), "float_tables", FLOAT_TABLES)
    refused = site.here("tune", "FT") if sites.server else None
    widened, again = (site.here("init-db", "--widen") for _ in range(2))
    if refused:
        assert refused.status == 1
        assert re.fullmatch(r"Error: TB_\w+\.OPEN_P in .* is FLOAT, .*--widen.*\n", refused.stderr)
        assert "TB_HYPERPARAMETER.LEARNING_RATE: FLOAT is now DOUBLE\n" in widened.stdout
    assert "No column had to be widened.\n" in again.stdout
    return site


@pytest.mark.parametrize("code", CELLS)
def test_float_tables_are_taken_over_and_no_tuple_is_trained_twice(old: Site, code: str) -> None:
    assert tune(old, code)[0] == CELLS[code]
    codes = codes_of(old, code)

    assert tune(old, code)[0] == 0
    assert codes_of(old, code) == codes


def test_old_codes_keep_their_tuples(old: Site) -> None:
    tune(old, "FT")

    rows = old.rows("TB_HYPERPARAMETER")

    assert {r["CODE_TASK"]: r["LEARNING_RATE"] for r in rows if r["CODE_TASK"] < "FU"}.items() >= {
        "FT-0001": 0.001,
        "FT-0002": 0.01,
        "FT-0009": 0.5,
        "FT-0010": 0.0012345678,
        "FT-0011": 0.00123456781,
    }.items()


def test_decimal_tables_are_taken_over(sites: Sites, tmp_path: Path) -> None:
    site = sites.make(tmp_path, "decimal_tables", DECIMAL_TABLES)

    assert site.here("init-db", "--widen").status == 0
    assert [tune(site, "DC")[0] for _ in range(2)] == [1, 0]


def test_a_status_of_another_program_is_shown(sites: Sites, tmp_path: Path) -> None:
    site = sites.make(tmp_path, "foreign_status", FLOAT_TABLES + FOREIGN_ROWS)
    assert site.here("init-db", "--widen").status == 0

    shown = site.here("status", "FS")

    assert (shown.status, shown.stderr) == (0, "")
    assert "1 cell: 1 Finished" in shown.stdout
    assert tune(site, "FS")[0] == 1  # it has no result
    assert "1 cell: 1 Completed" in site.here("status", "FS").stdout


def test_a_missing_file_is_told_at_once_whatever_letters_a_table_has(
    sites: Sites, tmp_path: Path
) -> None:
    site = sites.make(tmp_path, "latin1_note", EMPTY_TABLES, "latin1")
    assert site.here("init-db", "--widen").status == 0

    done = site.here("tune", "KR")

    assert done.status == 1
    assert "금 시세.csv: does not exist" in done.stderr
    assert site.statuses()["KR-RAW"] == "Error"


def test_folders_that_differ_in_case_only_are_refused(sites: Sites, tmp_path: Path) -> None:
    done = sites.make(tmp_path, "folder_case").here("tune", "GL")

    assert done.status == 2
    assert done.stderr.endswith("apart from capital letters. Rename one of them.\n")


def test_numbers_of_yaml_1_1_are_refused_with_what_to_write(sites: Sites, tmp_path: Path) -> None:
    site = sites.make(tmp_path, "yaml_numbers")
    file = site.studies / "yn" / "defs.yaml"

    in_file = site.here("tune", "YN")
    file.write_text(file.read_text("utf-8").replace("[010, 1:30]", "[5]"), "utf-8")
    octal, base_60 = (site.here("tune", "YN", "--set", f"epoch={e}") for e in ("010", "1:30"))

    assert [done.status for done in (in_file, octal, base_60)] == [2, 2, 2]
    assert "size_sequence[0] is '010', " in in_file.stderr
    assert "write 10." in octal.stderr
    assert "write 90." in base_60.stderr


def test_rare_tuples_are_found(sites: Sites, tmp_path: Path) -> None:
    site = sites.make(tmp_path, "rare_constraint")

    assert tune(site, "RC")[0] == 3
    assert all(r["BATCH_SIZE"] == r["SIZE_SEQUENCE"] for r in site.rows("TB_HYPERPARAMETER"))


def test_a_constraint_may_have_several_lines(sites: Sites, tmp_path: Path) -> None:
    assert tune(sites.make(tmp_path, "multiline_constraint"), "MC")[0] == 1


def test_a_cell_that_a_new_constraint_rules_out_does_not_win(sites: Sites, tmp_path: Path) -> None:
    site = sites.make(tmp_path, "winner_breaks_constraint")
    file = site.studies / "co" / "defs.yaml"
    constrained = file.read_text("utf-8")
    file.write_text(re.sub(r" *constraint: .*\n", "", constrained), "utf-8")
    trained, printed = tune(site, "CO")
    assert (trained, "Winner: CO-0001 " in printed) == (3, True)

    file.write_text(constrained, "utf-8")
    trained, printed = tune(site, "CO")

    assert trained == 0
    assert "CO-0001 !" in printed
    assert "Winner: CO-0002 " in printed


def shell(line: str, site: Site, **environment: str) -> "subprocess.CompletedProcess[str]":
    """A command line of bash, in which $COMMAND is the command."""
    given = site.environment | {"COMMAND": shlex.join(command())} | environment
    return subprocess.run(
        ["bash", "-c", line],
        env=given,
        capture_output=True,
        encoding="latin-1",
        check=False,
        timeout=SECONDS,
    )


def test_a_reader_that_goes_away_stops_no_training(sites: Sites, tmp_path: Path) -> None:
    site = sites.make(tmp_path, "multiline_constraint")

    done = shell("$COMMAND tune MC --workers 1 2> >(head -1 >/dev/null) >/dev/null", site)

    assert done.returncode == 0
    assert {*site.statuses().values()} == {"Completed"}


def test_letters_that_an_output_lacks_are_escaped(sites: Sites, tmp_path: Path) -> None:
    site = sites.make(tmp_path, "latin1_note")
    file = site.studies / "kr" / "defs.yaml"
    text = file.read_text("utf-8").replace("GOLD", "금").replace("2021-01-01", "2020-01-01")
    file.write_text(text, "utf-8")
    (file.parent / "자료").mkdir()
    (file.parent / "자료" / "금 시세.csv").write_text(prices(200), "utf-8")

    tuned = shell("$COMMAND tune KR --workers 0", site, PYTHONIOENCODING="latin-1")
    narrow = shell("script -qec '$COMMAND leaderboard' /dev/null </dev/null", site, COLUMNS="80")

    assert (tuned.returncode, narrow.returncode) == (0, 0)
    assert "\\uae08" in tuned.stdout
    assert "Winner: KR-0001 " in tuned.stdout
    [result] = site.rows("TB_MODELRESULT")
    for shown in (f"{result['MSE']:.6g}", f"{result['LOSS']:.2e}", f"{result['ACCURACY']:.1%}"):
        assert shown in narrow.stdout
