"""Alerts in the log of the process."""

import logging

from lstm_assets.alerts.alert import Alert

_logger = logging.getLogger(__name__)


def log(alert: Alert) -> None:
    """Log an alert as an error, in one line."""
    _logger.error("%s", alert.line)
