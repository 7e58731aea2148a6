"""Somebody is told when an asset fails or a run dies."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from dagster._core.utils import make_new_run_id

from lstm_assets_tests.graph.assets.graph import GRID, Graph
from lstm_assets_tests.graph.sensors.ticks import Ticks
from lstm_assets_tests.studies import HEADER


@contextmanager
def receiver() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A web server's address, and what is posted there."""
    posted: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            """Stay silent."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/secret", posted
        server.shutdown()


def test_a_failed_asset_is_posted_with_its_reason(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    (graph.site.studies / "tiny/prices.csv").write_text(HEADER)

    with receiver() as (url, posted):
        monkeypatch.setenv("LSTM_ASSETS_ALERT_WEBHOOK", url)
        result = graph.run(GRID)

    [alert] = posted
    assert (alert["study"], alert["failed"]) == ("TINY", "raw_prices")
    assert alert["run_id"] == result.run_id
    assert "has a header and no bars" in alert["reason"]


def test_failed_cells_are_posted_once_a_run(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    graph.run(GRID)

    with receiver() as (url, posted):
        monkeypatch.setenv("LSTM_ASSETS_ALERT_WEBHOOK", url)
        graph.train("TINY-0001", "TINY-0004", seconds_a_cell=1e-9)
        Ticks(graph.site, graph.instance).tick("task_status")

    [alert] = posted
    assert alert["reason"].startswith("4 of 4 cells failed, TINY-0001 first: it took over 1e-09 s")


def test_a_run_that_died_is_posted_once(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    graph.run(GRID)
    ticks = Ticks(graph.site, graph.instance)
    job = ticks.definitions.resolve_job_def("tiny__tune")
    tags = {"dagster/partition": "TINY-0001"}
    run = graph.instance.create_run_for_job(job, run_id=make_new_run_id(), tags=tags)

    with receiver() as (url, posted):
        monkeypatch.setenv("LSTM_ASSETS_ALERT_WEBHOOK", url)
        graph.instance.report_run_failed(run, "no worker was free")
        ticks.tick("task_status")
        ticks.tick("task_status")

    [alert] = posted
    assert (alert["failed"], alert["reason"]) == ("run", "no worker was free")
