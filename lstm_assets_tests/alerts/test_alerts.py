import logging
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_assets.alerts import WAYS, Alert, NotSentError, send_alert
from lstm_assets_tests.alerts.conftest import ALERT, SECRET, Receiver

LINE = (
    "study USDKRW: model_results failed in run c0ffee (/runs/c0ffee): "
    "1 of 64 cells failed: USDKRW-0007: the loss is nan at epoch 3"
)
WEBHOOK = "LSTM_ASSETS_ALERT_WEBHOOK"


@pytest.fixture(autouse=True)
def no_webhook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(WEBHOOK, raising=False)


def test_an_alert_is_logged_as_an_error_where_nothing_is_set_up(
    caplog: pytest.LogCaptureFixture,
) -> None:
    send_alert(ALERT)

    assert caplog.record_tuples == [("lstm_assets.alerts.log", logging.ERROR, LINE)]


def test_an_alert_is_posted_as_well_where_an_address_is_set(
    receiver: Receiver, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(WEBHOOK, receiver.url)

    send_alert(ALERT)

    assert caplog.messages == [LINE]
    assert receiver.got == [
        (
            "POST",
            f"/services/{SECRET}",
            "application/json",
            {
                "text": LINE,
                "study": "USDKRW",
                "failed": "model_results",
                "run_id": "c0ffee",
                "reason": "1 of 64 cells failed: USDKRW-0007: the loss is nan at epoch 3",
                "link": "/runs/c0ffee",
            },
        )
    ]


def test_an_alert_without_a_link_says_none() -> None:
    assert replace(ALERT, link="", reason="it died").line == (
        "study USDKRW: model_results failed in run c0ffee: it died"
    )


def test_a_webhook_that_refuses_is_told_in_one_line_and_hides_nothing(
    receiver: Receiver, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(WEBHOOK, receiver.url)
    receiver.statuses = [404]

    send_alert(ALERT)

    assert caplog.messages == [
        LINE,
        "the alert was not sent by webhook: the receiver answered HTTP status 404. "
        f"Check {WEBHOOK}.",
    ]
    assert len(receiver.got) == 1
    assert SECRET not in caplog.text


def test_a_wrong_address_is_told_in_one_line_and_hides_nothing(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(WEBHOOK, f"ftp://hooks.example.com/{SECRET}")

    send_alert(ALERT)

    assert caplog.messages[0] == LINE
    assert caplog.messages[1].startswith(
        f"the alert was not sent by webhook: {WEBHOOK} is not an address that alerts can be posted"
    )
    assert SECRET not in caplog.text


def test_a_way_that_breaks_keeps_no_other_from_sending(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(alert: Alert) -> None:
        raise RuntimeError(f"https://hooks.example.com/{SECRET}")

    def refusing(alert: Alert) -> None:
        raise NotSentError("the pager is off")

    log = WAYS["log"]
    for name, way in (("log", broken), ("pager", refusing), ("other", log)):
        monkeypatch.setitem(WAYS, name, way)

    send_alert(ALERT)

    assert caplog.messages == [
        "the alert was not sent by log: RuntimeError",
        "the alert was not sent by pager: the pager is off",
        LINE,
    ]


@given(st.builds(Alert, st.text(), st.text(), st.text(), st.text(), st.text()))
def test_an_alert_is_one_printable_line_whatever_the_reason(alert: Alert) -> None:
    assert alert.line.isprintable()
    assert len(replace(alert, reason="x" * 10_000).line) < 1_100 + len(repr(alert))
