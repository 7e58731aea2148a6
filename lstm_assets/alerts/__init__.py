"""Alerts that something failed: one file and one line here per way to send them.

No Dagster in this module. A way that is not set up sends nothing; the log is always set up.
"""

import logging
from collections.abc import Callable

from lstm_assets.alerts.alert import Alert, NotSentError
from lstm_assets.alerts.log import log
from lstm_assets.alerts.webhook import webhook

__all__ = ["WAYS", "Alert", "NotSentError", "send_alert"]

WAYS: dict[str, Callable[[Alert], None]] = {"log": log, "webhook": webhook}

_logger = logging.getLogger(__name__)


def send_alert(alert: Alert) -> None:
    """Send an alert by every way that is set up.

    Never raises: an error of one way is logged in one line. Otherwise it would hide the failure
    that the alert is about.
    """
    for name, send in WAYS.items():
        try:
            send(alert)
        except NotSentError as error:
            _logger.error("the alert was not sent by %s: %s", name, error)
        except Exception as error:
            # Only the type: the text may contain a secret, such as the address.
            _logger.error("the alert was not sent by %s: %s", name, type(error).__name__)
