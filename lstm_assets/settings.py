"""The settings of this installation, read from the environment.

The module graph.instance reads Dagster's own variables.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import lstm_assets
from lstm_assets.common.fields import DeviceChoice
from lstm_assets.errors import SettingsError

HOME = "LSTM_ASSETS_HOME"
DATABASE_URL = "LSTM_ASSETS_DATABASE_URL"
STUDIES = "LSTM_ASSETS_STUDIES"
DAGSTER_MYSQL_URL = "DAGSTER_MYSQL_URL"
DEVICE = "LSTM_ASSETS_DEVICE"
ALERT_WEBHOOK = "LSTM_ASSETS_ALERT_WEBHOOK"


@dataclass(frozen=True, slots=True)
class Settings:
    """Where this installation stores its files and rows; every path is absolute."""

    home: Path  # SQLite file, models, Dagster's home
    database_url: str  # SQLAlchemy URL of the TB_* tables
    studies: Path  # one folder per study
    device: DeviceChoice  # what trains, unless a run chooses another device
    # Address that alerts are posted to, besides the log. It is secret, so no repr shows it.
    alert_webhook: str | None = field(repr=False)

    @property
    def models(self) -> Path:
        """Folder of the model files; it has one folder per study."""
        return self.home / "models"

    @property
    def checkpoints(self) -> Path:
        """Folder of the checkpoints of interrupted trainings; it has one folder per study."""
        return self.home / "checkpoints"

    @property
    def dagster_home(self) -> Path:
        """Folder of the embedded Dagster instance."""
        return self.home / "dagster"


def settings() -> Settings:
    """Return the settings that the environment gives now.

    Raises:
        SettingsError: a variable has a value that is not allowed.
    """
    home = Path(os.environ.get(HOME) or ".lstm_assets").expanduser().absolute()
    folder = os.environ.get(STUDIES)
    return Settings(
        home=home,
        database_url=os.environ.get(DATABASE_URL) or f"sqlite:///{home / 'lstm_assets.db'}",
        studies=Path(folder).expanduser().absolute() if folder else shipped_studies(),
        device=_device(),
        alert_webhook=_alert_webhook(),
    )


def _device() -> DeviceChoice:
    device = os.environ.get(DEVICE) or DeviceChoice.cpu
    if device not in list(DeviceChoice):
        allowed = ", ".join(DeviceChoice)
        raise SettingsError(
            f"{DEVICE} is {device!r}, expected one of {allowed}. "
            f"Write e.g. `export {DEVICE}=auto`, or unset it to train on the cpu."
        )
    return DeviceChoice(device)


def _alert_webhook() -> str | None:
    url = os.environ.get(ALERT_WEBHOOK) or None
    if url is not None and not _is_web_address(url):
        raise SettingsError(  # without the value: it may be a secret address with a typing error
            f"{ALERT_WEBHOOK} is not an address that alerts can be posted to. Write e.g. "
            f"`export {ALERT_WEBHOOK}=https://hooks.example.com/...`, with http or https and "
            "without a user name, or unset it to write alerts to the log only."
        )
    return url


def _is_web_address(url: str) -> bool:
    if not (url.isascii() and url.isprintable()) or " " in url:
        return False
    try:
        parts = urlsplit(url)
        return (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and (parts.username is None and parts.port != 0)
        )
    except ValueError:  # an invalid port or IPv6 address
        return False


def shipped_studies() -> Path:
    """Return the folder of the studies that come with the package."""
    return Path(lstm_assets.__file__).parent / "defs"
