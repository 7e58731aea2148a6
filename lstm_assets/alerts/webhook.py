"""Alerts as JSON, posted to the address in LSTM_ASSETS_ALERT_WEBHOOK.

Receivers in the manner of Slack's, Mattermost's and Teams' show the key `text`; the alert's fields
stand beside it for others. Whoever knows such an address can post there, so it stands in no log,
error or traceback; causes are told in words of our own, for those of libraries may quote it.
"""

import html
import http.client
import json
import os
import socket
import ssl
import time
import urllib.error
import urllib.request
from dataclasses import asdict
from typing import Any

from lstm_assets.alerts.alert import CHARACTERS_REASON, Alert, NotSentError
from lstm_assets.common.text import one_line
from lstm_assets.errors import SettingsError
from lstm_assets.settings import settings

ATTEMPTS = 3
SECONDS_ANSWER = 10.0
SECONDS_BETWEEN = 1.0


def webhook(alert: Alert) -> None:
    """Post an alert, if there is an address.

    Raises:
        NotSentError: the setting is wrong, the receiver refused, or no attempt reached it.
    """
    try:
        url = settings().alert_webhook
    except SettingsError as error:
        raise NotSentError(str(error)) from None
    if url is not None:
        post(url, payload(alert))


def payload(alert: Alert) -> bytes:
    """The JSON of an alert: `text`, and its fields."""
    fields = asdict(alert) | {"reason": one_line(alert.reason)[:CHARACTERS_REASON]}
    # Receivers take <...> for a link or a call to everyone, and & for the start of an entity.
    return json.dumps({"text": html.escape(alert.line, quote=False), **fields}).encode()


def post(
    url: str,
    body: bytes,
    seconds_answer: float = SECONDS_ANSWER,
    seconds_between: float = SECONDS_BETWEEN,
) -> None:
    """Post JSON, up to `ATTEMPTS` times where another attempt may help.

    Args:
        url: http or https; a redirect to another one is not followed.
        body: the JSON.
        seconds_answer: how long to wait for an answer each time.
        seconds_between: pause before the second attempt; doubles with each.

    Raises:
        NotSentError: the receiver refused it, or no attempt reached a receiver that took it.
    """
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(seconds_between * 2 ** (attempt - 1))
        cause, again = _tried(url, body, seconds_answer)
        if not cause:
            return
        if not again:
            raise NotSentError(f"{cause}. Check LSTM_ASSETS_ALERT_WEBHOOK.")
    raise NotSentError(f"{cause}, in {ATTEMPTS} attempts. Check the network and the receiver.")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Leaves a redirect as the answer: who is told is what the setting says."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """Follow nothing."""


def _tried(url: str, body: bytes, seconds_answer: float) -> tuple[str, bool]:
    """Why an attempt failed, empty if it did not, and whether another may help."""
    request = urllib.request.Request(  # noqa: S310 - settings let only http and https through
        url, data=body, headers={"Content-Type": "application/json"}, method="POST"
    )
    opener = urllib.request.build_opener(_NoRedirect)
    try:
        with opener.open(request, timeout=seconds_answer):
            return "", False
    except urllib.error.HTTPError as error:
        with error:
            return f"the receiver answered HTTP status {error.code}", error.code >= 500
    except urllib.error.URLError as error:
        return _cause(error.reason, seconds_answer), True
    except (OSError, http.client.HTTPException) as error:
        return _cause(error, seconds_answer), True
    except ValueError:  # of a host name that cannot be encoded
        return "the receiver's host name is none", False


def _cause(reason: object, seconds_answer: float) -> str:
    if isinstance(reason, TimeoutError):
        return f"no answer within {seconds_answer:g} s"
    if isinstance(reason, socket.gaierror):
        return "the receiver's host name is not known"
    if isinstance(reason, ssl.SSLError):
        return f"no secure connection to the receiver ({reason.reason})"
    if isinstance(reason, OSError) and reason.errno is not None:
        return f"the receiver was not reached ({os.strerror(reason.errno)})"
    return f"the receiver was not reached ({type(reason).__name__})"
