"""Nobody outside reaches the service, and no password is where anybody looks.

That is: in a log, an error, a table, an event, a tag, or where `ps` shows it.
"""

import json
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from sqlalchemy import create_engine, inspect, make_url, text
from sqlalchemy.pool import NullPool

from lstm_assets_tests.cli.processes import members, wait_until
from lstm_assets_tests.graph.runs.service import GRID, Service, serving
from lstm_assets_tests.mariadb import Server
from lstm_assets_tests.site import Site
from lstm_assets_tests.studies import HEADER, write_study

pytestmark = [
    pytest.mark.mysql,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]
PASSWORD = "tr0ub4dor-of-the-tables"
WEBHOOK = "s3cret-path-of-the-webhook"
CELLS = ["TINY-0001", "TINY-0002", "TINY-0003", "TINY-0004"]


@pytest.fixture
def site(tmp_path: Path, mysql_server: Server) -> Iterator[Site]:
    """TINY, its tables and Dagster's storage reached with a password."""
    write_study(tmp_path / "studies")
    with mysql_server.database() as url:
        user = f"u{make_url(url).database}"[:32]
        mysql_server.run(
            f"CREATE USER '{user}'@'%' IDENTIFIED BY '{PASSWORD}'",
            f"GRANT ALL ON {make_url(url).database}.* TO '{user}'@'%'",
        )
        try:
            private = make_url(url).set(username=user, password=PASSWORD)
            given = private.render_as_string(hide_password=False)
            yield Site(tmp_path, given, given)
        finally:
            mysql_server.run(f"DROP USER '{user}'@'%'")


def command_lines(service: Service) -> str:
    lines = []
    for pid in members(service.group):
        with suppress(psutil.NoSuchProcess):  # it has ended meanwhile
            lines.append(" ".join(psutil.Process(pid).cmdline()))
    return "\n".join(lines)


def listening(service: Service) -> set[str]:
    """The addresses that its processes listen on."""
    found = set()
    for pid in members(service.group):
        with suppress(psutil.NoSuchProcess):  # it has ended meanwhile
            for connection in psutil.Process(pid).net_connections("inet"):
                if connection.status == psutil.CONN_LISTEN:
                    found.add(connection.laddr.ip)
    return found


def stored(url: str) -> str:
    """Every value of every table: ours and Dagster's."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as conn:
        names = inspect(conn).get_table_names()
        rows = [list(conn.execute(text(f"SELECT * FROM {name}"))) for name in names]
    return "\n".join(str(row) for table in rows for row in table)


def test_no_secret_is_anywhere(
    site: Site, mysql_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LSTM_ASSETS_ALERT_WEBHOOK", f"http://127.0.0.1:9/{WEBHOOK}")
    environment = site.environment | {"LSTM_ASSETS_ALERT_WEBHOOK": f"http://127.0.0.1:9/{WEBHOOK}"}
    monkeypatch.setattr(Site, "environment", property(lambda self: environment))
    with serving(site, "tiny") as service:
        shown, addresses = command_lines(service), listening(service)
        run = service.launch(CELLS)
        wait_until(lambda: service.run_status(run) == "SUCCESS", "the run has ended")
        # What fails says why: of a source, and of a table that cannot be written.
        (site.studies / "tiny/prices.csv").write_text(HEADER)
        assert service.ui.materialize("tiny", GRID) == "FAILURE"
        site.execute("ALTER TABLE TB_BESTMODEL DROP COLUMN NOTE")
        assert service.ui.materialize("tiny", ["best_model"]) == "FAILURE"
        shown += command_lines(service)
    kept = stored(site.url)
    log = (site.folder / "dev.log").read_text()

    assert addresses == {"127.0.0.1"}
    assert "dagster" in shown
    assert re.search(r"TB_BESTMODEL\.NOTE in \S+ is missing", kept + log)
    assert "the alert was not sent by webhook" in kept + log
    for place in (shown, kept, log):
        assert PASSWORD not in place
        assert WEBHOOK not in place
    for file in [*site.home.rglob("*.yaml"), *site.home.rglob("*.json")]:
        assert PASSWORD not in file.read_text()
    assert json.dumps(PASSWORD) not in kept
