"""Alerts as JSON, posted to the address in LSTM_ASSETS_ALERT_WEBHOOK.

Slack, Mattermost and Teams show the key `text`; the alert's fields are beside it for other
receivers. Everyone who knows the address can post to it, so no log, error or traceback contains
it. For the same reason this module writes its own text for each cause: that of a library may
quote the address.
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
    """Post an alert, if an address is set.

    Raises:
        NotSentError: the setting is wrong, the receiver refused the alert, or no attempt reached
            the receiver.
    """
    try:
        url = settings().alert_webhook
    except SettingsError as error:
        raise NotSentError(str(error)) from None
    if url is not None:
        post(url, payload(alert))


def payload(alert: Alert) -> bytes:
    """Return the JSON of an alert: `text` and the alert's fields."""
    fields = asdict(alert) | {"reason": one_line(alert.reason)[:CHARACTERS_REASON]}
    # Receivers read <...> as a link or a mention of everyone, and & as the start of an entity.
    return json.dumps({"text": html.escape(alert.line, quote=False), **fields}).encode()


def post(
    url: str,
    body: bytes,
    seconds_answer: float = SECONDS_ANSWER,
    seconds_between: float = SECONDS_BETWEEN,
) -> None:
    """Post JSON, in up to `ATTEMPTS` attempts if another attempt may help.

    Args:
        url: http or https; a redirect is not followed.
        body: the JSON.
        seconds_answer: longest time to wait for each answer.
        seconds_between: pause before the second attempt; it doubles with each further attempt.

    Raises:
        NotSentError: the receiver refused the JSON, or no attempt succeeded.
    """
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(seconds_between * 2 ** (attempt - 1))
        cause, is_temporary = _failure(url, body, seconds_answer)
        if not cause:
            return
        if not is_temporary:
            raise NotSentError(f"{cause}. Check LSTM_ASSETS_ALERT_WEBHOOK.")
    raise NotSentError(f"{cause}, in {ATTEMPTS} attempts. Check the network and the receiver.")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Does not follow redirects: alerts go only to the address in the setting."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """Return None, so the redirect itself is the answer."""


def _failure(url: str, body: bytes, seconds_answer: float) -> tuple[str, bool]:
    """Post once; return why that failed, or "", and whether another attempt may help."""
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
    except ValueError:  # a host name that cannot be encoded
        return "the receiver's host name is not valid", False


def _cause(reason: object, seconds_answer: float) -> str:
    if isinstance(reason, TimeoutError):
        return f"no answer within {seconds_answer:g} s"
    if isinstance(reason, socket.gaierror):
        return "the receiver's host name is unknown"
    if isinstance(reason, ssl.SSLError):
        return f"no secure connection to the receiver ({reason.reason})"
    if isinstance(reason, OSError) and reason.errno is not None:
        return f"the receiver could not be reached ({os.strerror(reason.errno)})"
    return f"the receiver could not be reached ({type(reason).__name__})"
