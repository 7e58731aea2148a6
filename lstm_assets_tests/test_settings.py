import os
import traceback
from pathlib import Path

import pytest

from lstm_assets.errors import SettingsError
from lstm_assets.settings import settings
from lstm_assets_tests.site import Site


@pytest.mark.parametrize(
    ("value", "device"),
    [(None, "cpu"), ("", "cpu"), ("cpu", "cpu"), ("cuda", "cuda"), ("auto", "auto")],
)
def test_the_environment_says_what_trains(
    value: str | None, device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LSTM_ASSETS_DEVICE", raising=False)
    if value is not None:
        monkeypatch.setenv("LSTM_ASSETS_DEVICE", value)

    assert settings().device == device


SECRET = "T000/B000/s3cret"


@pytest.mark.parametrize(
    ("value", "url"),
    [
        (None, None),
        ("", None),
        (f"https://hooks.example.com/services/{SECRET}", "as given"),
        ("http://127.0.0.1:8065/hooks/a?b=c", "as given"),
        ("http://[::1]:8065/hooks/a", "as given"),
    ],
)
def test_the_environment_says_where_alerts_are_posted(
    value: str | None, url: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LSTM_ASSETS_ALERT_WEBHOOK", raising=False)
    if value is not None:
        monkeypatch.setenv("LSTM_ASSETS_ALERT_WEBHOOK", value)

    found = settings()

    assert found.alert_webhook == (value if url else None)
    assert "hooks" not in repr(found)


@pytest.mark.parametrize(
    "value",
    [
        SECRET,
        f"hooks.example.com/{SECRET}",
        f"ftp://hooks.example.com/{SECRET}",
        f"file:///{SECRET}",
        f"https:///{SECRET}",
        f"https://me:s3cret@example.com/{SECRET}",
        f"https://example.com:port/{SECRET}",
        f"https://example.com:99999/{SECRET}",
        f"https://[example.com/{SECRET}",
        f"https://example.com/a {SECRET}",
        f"https://example.com/\n{SECRET}",
        f"https://example.com/\u00e9{SECRET}",
    ],
)
def test_what_cannot_be_posted_to_is_refused_without_being_shown(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LSTM_ASSETS_ALERT_WEBHOOK", value)

    with pytest.raises(SettingsError) as caught:
        settings()

    assert str(caught.value) == (
        "LSTM_ASSETS_ALERT_WEBHOOK is not an address that alerts can be posted to. Write e.g. "
        "`export LSTM_ASSETS_ALERT_WEBHOOK=https://hooks.example.com/...`, with http or https and "
        "without a user name, or unset it to write alerts to the log only."
    )
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))


def test_a_device_that_does_not_exist_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LSTM_ASSETS_DEVICE", "gpu")
    monkeypatch.setattr(Site, "environment", dict(os.environ))

    with pytest.raises(SettingsError):
        settings()
    done = Site(tmp_path).here("status")

    assert done.status == 1
    assert done.stderr == (
        "Error: LSTM_ASSETS_DEVICE is 'gpu', expected one of cpu, cuda, auto. "
        "Write e.g. `export LSTM_ASSETS_DEVICE=auto`, or unset it to train on the cpu.\n"
    )
