import json
import logging
import socket
import socketserver
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from lstm_assets.alerts import NotSentError
from lstm_assets.alerts.webhook import payload, post
from lstm_assets_tests.alerts.conftest import ALERT, SECRET, Receiver


@contextmanager
def talking(answer: bytes) -> Iterator[int]:
    """The port of a server that says this to whoever connects, and hangs up."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)
            self.request.sendall(answer)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def refusal(
    url: str, caplog: pytest.LogCaptureFixture, seconds_answer: float = 5, pause: float = 0.001
) -> str:
    """Why an alert was not sent; the secret is nowhere."""
    caplog.set_level(logging.DEBUG)
    with pytest.raises(NotSentError) as caught:
        post(url, payload(ALERT), seconds_answer, pause)
    told = "".join(traceback.format_exception(caught.value)) + caplog.text + repr(caught.value)
    assert SECRET not in told
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("hindrances", [[500], [503, 502], [0], [0, 500]])
def test_a_hindrance_that_passes_is_waited_out(receiver: Receiver, hindrances: list[int]) -> None:
    receiver.statuses = [*hindrances, 200]

    post(receiver.url, payload(ALERT), seconds_between=0.001)

    assert len(receiver.got) == len(hindrances) + 1


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (500, "the receiver answered HTTP status 500"),
        (0, "the receiver could not be reached (RemoteDisconnected)"),
    ],
)
def test_a_hindrance_that_stays_is_told_after_three_attempts(
    receiver: Receiver, caplog: pytest.LogCaptureFixture, status: int, cause: str
) -> None:
    receiver.statuses = [status]

    assert refusal(receiver.url, caplog) == (
        f"{cause}, in 3 attempts. Check the network and the receiver."
    )
    assert len(receiver.got) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 429])
def test_a_receiver_that_refuses_is_not_asked_again(
    receiver: Receiver, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    receiver.statuses = [status]

    assert refusal(receiver.url, caplog) == (
        f"the receiver answered HTTP status {status}. Check LSTM_ASSETS_ALERT_WEBHOOK."
    )
    assert len(receiver.got) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(
    receiver: Receiver, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    receiver.statuses = [status]

    assert f"HTTP status {status}" in refusal(receiver.url, caplog)
    assert [path for _, path, _, _ in receiver.got] == [f"/services/{SECRET}"]


def test_a_receiver_that_says_nothing_is_given_up(
    receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.silent = True
    begun = time.monotonic()

    said = refusal(receiver.url, caplog, seconds_answer=0.2, pause=0.1)

    took = time.monotonic() - begun
    assert said == (
        "no answer within 0.2 s, in 3 attempts. Check the network and the receiver."
    )  # fmt: skip
    assert 3 * 0.2 + 0.1 + 0.2 <= took < 5  # each pause is twice the one before


def test_a_refused_connection_is_told(caplog: pytest.LogCaptureFixture, receiver: Receiver) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound, not listening: nobody else can answer there
        url = f"http://127.0.0.1:{held.getsockname()[1]}/{SECRET}"

        said = refusal(url, caplog)

    assert said == (
        "the receiver could not be reached (Connection refused), in 3 attempts. "
        "Check the network and the receiver."
    )


@pytest.mark.parametrize(
    ("host", "cause"),
    [
        ("none.invalid", "the receiver's host name is unknown, in 3 attempts"),
        ("a..b", "the receiver's host name is not valid. Check"),
        ("x" * 70 + ".com", "the receiver's host name is not valid. Check"),
    ],
)
def test_a_host_that_does_not_exist_is_told(
    receiver: Receiver, caplog: pytest.LogCaptureFixture, host: str, cause: str
) -> None:
    assert refusal(f"http://{host}/{SECRET}", caplog).startswith(cause)


def test_a_receiver_without_tls_is_told(
    receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    said = refusal(receiver.url.replace("http:", "https:"), caplog)

    assert said.startswith("no secure connection to the receiver (")


@pytest.mark.parametrize("answer", [b"\r\n\r\n", b"HTTP/9 what\r\n\r\n", b"x" * 70_000])
def test_an_answer_that_is_no_http_is_told(
    answer: bytes, caplog: pytest.LogCaptureFixture, receiver: Receiver
) -> None:
    with talking(answer) as port:
        said = refusal(f"http://127.0.0.1:{port}/{SECRET}", caplog)

    assert said.startswith("the receiver could not be reached (")


def test_what_receivers_read_as_markup_is_escaped_in_the_text_alone() -> None:
    reason = "ticker '<!channel>' & <https://example.com|click>"

    content = json.loads(payload(replace(ALERT, reason=reason)))

    assert content["reason"] == reason
    assert content["text"].endswith(
        "ticker '&lt;!channel&gt;' &amp; &lt;https://example.com|click&gt;"
    )


def test_a_long_reason_is_cut() -> None:
    content = json.loads(payload(replace(ALERT, reason="a\n" * 3000)))

    assert content["reason"] == ("a " * 500)
