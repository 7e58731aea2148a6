import os
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
