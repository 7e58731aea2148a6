"""A receiver of webhooks, on a real server."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from lstm_assets.alerts import Alert

SECRET = "s3cret"
ALERT = Alert(
    study="USDKRW",
    failed="model_results",
    run_id="c0ffee",
    reason="1 of 64 cells failed: USDKRW-0007: the loss is nan at epoch 3",
    link="/runs/c0ffee",
)


class Receiver(ThreadingHTTPServer):
    """Answers with `statuses` in turn, the last one for ever; notes what was posted."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root = f"http://127.0.0.1:{self.server_address[1]}"
        self.url = f"{self.root}/services/{SECRET}"
        self.statuses = [200]
        self.silent = False  # whether it never answers
        self.over = threading.Event()
        self.got: list[tuple[str, str, str, Any]] = []  # method, path, content type, JSON


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        kind = self.headers["Content-Type"]
        self.server.got.append((self.command, self.path, kind, json.loads(body)))
        if self.server.silent:
            self.server.over.wait()
            return
        self._answer()

    def do_GET(self) -> None:
        self.server.got.append((self.command, self.path, "", None))
        self._answer()

    def _answer(self) -> None:
        statuses = self.server.statuses
        status = statuses.pop(0) if len(statuses) > 1 else statuses[0]
        if not status:
            return  # closes the connection without a word
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", f"{self.server.root}/elsewhere")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("no_proxy", "*")
    with Receiver() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield running
        running.over.set()
        running.shutdown()
        thread.join()
