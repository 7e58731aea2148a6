"""What is wrong is said in one line, and nothing is written."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from lstm_assets_tests.mariadb import Server
from lstm_assets_tests.site import Done, Site
from lstm_assets_tests.studies import HEADER, prices, write_study


def refused(done: Done, status: int) -> str:
    """The one line that the command said, without its `Error: `."""
    assert done.status == status, done
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1
    return done.stderr.removeprefix("Error: ").rstrip("\n")


def assert_nothing_is_written(site: Site) -> None:
    """No price, no code and no partition; at most the rows of the stages that were tried."""
    for name in ("ASSETVALUE_RAW", "ASSETVALUE_ADJ", "HYPERPARAMETER", "MODELRESULT", "BESTMODEL"):
        assert site.rows(f"TB_{name}") == []
    assert [code for code in site.statuses() if code[-1].isdigit()] == []
    with site.instance() as instance:
        assert instance.get_dynamic_partitions("CODE_TASK_TINY") == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["NONE"], "there is no study 'NONE'. Allowed: TINY."),
        (["--set", "epochs=3"], "Did you mean `epoch`?"),
        (["--set", "epoch=three"], "epoch[0] is 'three', expected whole epochs from 1."),
        (["--set", "epoch=2,0"], "epoch[1] is 0, expected whole epochs from 1."),
        (["--set", "epoch=2.5"], "epoch[0] is 2.5, expected whole epochs from 1."),
        (["--set", "epoch=true"], "epoch[0] is True, expected whole epochs from 1."),
        (["--set", "epoch="], "epoch is [], expected a list of at least one value."),
        (["--set", "epoch=2,2"], "epoch[1] is 2, which is in the list twice."),
        (["--set", "epoch"], "--set 'epoch' is not NAME=V1[,V2...]."),
        (["--set", "epoch=1", "--set", "epoch=2"], "--set epoch is given twice."),
        (["--set", "epoch=010"], "epoch[0] is '010', expected whole epochs from 1. A number has no "
         "0 before it: write 10."),
        (["--set", "epoch=1:30"], "epoch[0] is '1:30', expected whole epochs from 1. A number has "
         "no colon: write 90."),
        (["--set", "epoch=20,"], "epoch[1] is '', expected whole epochs from 1."),
        (["--set", "epoch=한글"], "epoch[0] is '한글', expected whole epochs from 1."),
        (["--set", "epoch=2147483648"], "from 1. The largest is 2147483647. Write e.g."),
        (["--set", "epoch={low: 1, low: 2}"], "--set epoch is '{low: 1, low: 2}': line 1: key "
         "'low' is repeated. Correct the YAML there."),
        (["--set", "epoch=[1"], "--set epoch is '[1': line 1: expected ',' or ']', but got"),
        (["--set", "EPOCH=1"], "Did you mean `epoch`?"),
        (["--set", "learning_rate=nan"], "learning_rate[0] is"),
        (["--set", "ratio_train_set=0.95"], "expected at most 1 - evaluation_share = 0.9."),
    ],
)  # fmt: skip
def test_wrong_usage_is_refused_before_anything_is_made(
    site: Site, arguments: list[str], said: str
) -> None:
    line = refused(site.here("tune", *arguments), 2)

    assert said in line
    assert not site.home.exists()


def test_an_option_that_does_not_exist_is_wrong_usage(site: Site) -> None:
    done = site.here("tune", "--epochs", "3")

    assert done.status == 2
    assert "No such option" in done.stderr
    assert not site.home.exists()


def test_two_studies_with_one_code_are_refused(site: Site) -> None:
    write_study(site.studies, name="twin", code="TINY")

    line = refused(site.here("tune", "TINY"), 2)

    assert f"{site.studies}/twin/defs.yaml: code is 'TINY'" in line
    assert f"{site.studies}/tiny/defs.yaml already has" in line


def test_a_folder_without_studies_is_refused(site: Site, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    line = refused(site.here("tune", "--studies", str(tmp_path / "empty")), 2)

    assert "contains no study" in line


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A home for all the studies whose prices are wrong: making one takes a while."""
    return Site(tmp_path_factory.mktemp("used"))


ECB = {"source": {"kind": "ecb"}, "ticker": "EUR/USD"}


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        (
            ECB | {"ticker": "USD/XXX"},
            "ecb: ticker 'USD/XXX' is unknown: there are no rates of 'XXX'",
        ),
        (ECB | {"date_begin": "1990-01-01", "date_end": "1991-01-01"}, "no bars from 1990-01-01"),
        ({"source": {"kind": "csv", "path": "none.csv"}}, "none.csv: does not exist."),
    ],
)
def test_prices_that_are_not_had_are_refused(
    used: Site, attributes: dict[str, Any], said: str
) -> None:
    write_study(used.studies, **attributes)

    line = refused(used.here("tune"), 1)

    assert said in line
    assert used.statuses()["TINY-RAW"] == "Error"
    assert used.notes()["TINY-RAW"] == line[:300]
    assert_nothing_is_written(used)


def test_too_few_bars_says_how_many_are_needed(used: Site) -> None:
    # Of 6 bars 0.8 are the first 5: a window of 4 + 1 bars trains, and bar 6 tests and evaluates.
    write_study(used.studies, date_end="2020-01-05")

    line = refused(used.here("tune"), 1)

    assert "5 bars of TEST from 2020-01-01 to 2020-01-05" in line
    assert "needs at least 6." in line
    assert_nothing_is_written(used)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["date,open,high,low,volume", "2020-01-01,1,1,1,1"], "column close is missing"),
        ([HEADER, "2020-01-01,1,1,one,1,1"], "row 2, low is 'one', expected a finite number"),
        (
            [HEADER, "2020-01-01,1,1,1,1,1", "2020-01-01,1,1,1,1,1"],
            "row 3, date is '2020-01-01', expected a date after row 2's 2020-01-01",
        ),
        ([HEADER], "has a header and no bars"),
        ([], "is empty"),
    ],
)
def test_a_file_that_holds_no_prices_is_refused(used: Site, rows: list[str], said: str) -> None:
    write_study(used.studies)
    (used.studies / "tiny/prices.csv").write_text("\n".join(rows))

    line = refused(used.here("tune"), 1)

    assert f"prices.csv: {said}" in line
    assert_nothing_is_written(used)


def test_a_wrong_source_leaves_the_prices_of_before(used: Site) -> None:
    write_study(used.studies, name="kept", ticker="KEPT")
    used.here("tune", "KEPT", "--workers", "0", "--set", "epoch=1")
    before = used.rows("TB_ASSETVALUE_RAW"), used.rows("TB_MODELRESULT")
    (used.studies / "kept/prices.csv").write_text(prices(200).replace("2020-03-01", "March"))

    refused(used.here("tune", "KEPT"), 1)

    assert (used.rows("TB_ASSETVALUE_RAW"), used.rows("TB_MODELRESULT")) == before


READERS = ("status", "leaderboard", "report")
COMMANDS = [["tune"], ["init-db"], ["status"], ["leaderboard"]]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
def test_a_database_that_cannot_be_reached_is_named(site: Site, command: list[str]) -> None:
    away = Site(site.folder, "mysql+mysqlconnector://me:secret@127.0.0.1:1/db")

    line = refused(away.here(*command), 1)

    assert "the database server at 127.0.0.1:1 cannot be reached." in line
    assert "secret" not in line


def test_dagsters_own_database_that_cannot_be_reached_is_named(site: Site) -> None:
    away = Site(site.folder, "", "mysql+mysqlconnector://me:secret@127.0.0.1:1/db")

    line = refused(away.here("tune"), 1)

    assert "127.0.0.1:1 cannot be reached" in line
    assert "DAGSTER_MYSQL_URL" in line
    assert "secret" not in line


@pytest.mark.parametrize("url", ["postgresql://me:secret@host/db", "secret"])
def test_a_url_of_another_kind_is_refused_for_dagsters_own_database(site: Site, url: str) -> None:
    line = refused(Site(site.folder, "", url).here("tune"), 1)

    assert "mysql+mysqlconnector://USER:PASSWORD@HOST:PORT/DATABASE" in line
    assert "secret" not in line


@pytest.mark.mysql
def test_a_wrong_password_is_not_shown(site: Site, mysql_server: Server) -> None:
    url = make_url(mysql_server.admin).set(username="nobody", password="secret", database="db")
    refusing = Site(site.folder, url.render_as_string(hide_password=False))

    line = refused(refusing.here("tune"), 1)

    assert "user nobody@127.0.0.1 was refused" in line
    assert "secret" not in line


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
def test_a_home_that_cannot_be_written_is_named(site: Site, command: list[str]) -> None:
    site.home.write_text("a file, not a folder")

    line = refused(site.here(*command), 1)

    if command[0] in READERS:  # they would write nothing
        assert f"there is no database {site.home}/lstm_assets.db yet. Run " in line
        return
    assert f"{site.home} cannot be written" in line
    assert "LSTM_ASSETS_HOME" in line


@pytest.mark.parametrize("url", ["postgresql://me:secret@host/db", "secret"])
@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
def test_a_url_of_another_kind_is_refused(site: Site, command: list[str], url: str) -> None:
    line = refused(Site(site.folder, url).here(*command), 1)

    assert "Allowed: sqlite:///FILE, mysql+mysqlconnector://" in line
    assert "secret" not in line


def test_the_command_itself_ends_the_same_way(site: Site) -> None:
    done = site.run("tune", "NONE")

    assert done == Done(2, "", "Error: there is no study 'NONE'. Allowed: TINY.\n")


def test_a_stage_that_fails_is_one_line_of_the_command_itself(site: Site) -> None:
    write_study(site.studies)
    (site.studies / "tiny/prices.csv").write_text(HEADER)

    line = refused(site.run("tune"), 1)

    assert line.endswith("prices.csv: has a header and no bars. Add a row for each date.")
