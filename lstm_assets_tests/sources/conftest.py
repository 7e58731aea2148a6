"""A server that answers as Yahoo's chart service does, for the tests of `yahoo`."""

import itertools
import json
import threading
from collections.abc import Iterator, Sequence
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest

CHART = "/v8/finance/chart/"
_NUMBERS = itertools.count()


def moment(date: str, tz: str) -> int:
    """Unix time at which trading opens on `date`: half past nine, or midnight where it is UTC."""
    opening = "00:00" if tz == "UTC" else "09:30"
    return int(pd.Timestamp(f"{date} {opening}", tz=tz).timestamp())


def chart(
    bars: Sequence[tuple[str, float | None, int | None]],
    dividends: dict[str, float] | None = None,
    splits: dict[str, float] | None = None,
    tz: str = "America/New_York",
    trading: tuple[int, int] = (0, 1),
) -> bytes:
    """Yahoo's answer for bars of (date, open = high = low = close, volume).

    `trading` is the begin and end of the newest trading day, as Unix times.
    """
    prices = [price for _, price, _ in bars]
    events = {
        "dividends": {
            str(moment(date, tz)): {"amount": amount, "date": moment(date, tz)}
            for date, amount in (dividends or {}).items()
        },
        "splits": {
            str(moment(date, tz)): {
                "date": moment(date, tz),
                "numerator": ratio,
                "denominator": 1.0,
                "splitRatio": f"{ratio}:1",
            }
            for date, ratio in (splits or {}).items()
        },
    }
    day = {"timezone": "X", "gmtoffset": 0, "start": trading[0], "end": trading[1]}
    result = {
        "meta": {
            "currency": "USD",
            "instrumentType": "EQUITY",
            "exchangeTimezoneName": tz,
            "priceHint": 2,
            "currentTradingPeriod": {"pre": day, "regular": day, "post": day},
            "validRanges": ["1d", "1mo", "max"],
        },
        "timestamp": [moment(date, tz) for date, _, _ in bars],
        "events": {name: found for name, found in events.items() if found},
        "indicators": {
            "quote": [
                {
                    **dict.fromkeys(["open", "high", "low", "close"], prices),
                    "volume": [volume for _, _, volume in bars],
                }
            ],
            "adjclose": [{"adjclose": [price and price / 2 for price in prices]}],
        },
    }
    return json.dumps({"chart": {"result": [result], "error": None}}).encode()


def refusal(code: str, description: str) -> bytes:
    """Yahoo's answer where it has no prices to give."""
    error = {"code": code, "description": description}
    return json.dumps({"chart": {"result": None, "error": error}}).encode()


class ChartServer(ThreadingHTTPServer):
    """Gives `answers` to the chart requests in turn, the last one for ever; notes the requests."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.answers: list[tuple[int, bytes]] = []
        self.cut_short = False  # whether bodies end before their announced length
        self.asked: list[tuple[str, dict[str, Any]]] = []  # symbol, query
        self.headers: list[Message] = []  # of the same requests


class _Handler(BaseHTTPRequestHandler):
    server: ChartServer

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if not url.path.startswith(CHART):
            return self._send(200, b"crumb", announced=5)
        self.server.asked.append((url.path.removeprefix(CHART), parse_qs(url.query)))
        self.server.headers.append(self.headers)
        answers = self.server.answers
        status, body = answers.pop(0) if len(answers) > 1 else answers[0]
        return self._send(status, body, announced=len(body) * (2 if self.server.cut_short else 1))

    def _send(self, status: int, body: bytes, announced: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(announced))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[ChartServer]:
    with ChartServer() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def ticker() -> str:
    """A symbol of the test's own: yfinance remembers a symbol's time zone."""
    return f"TEST{next(_NUMBERS)}"
