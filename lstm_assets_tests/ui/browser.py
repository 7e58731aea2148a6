"""The system's own Chromium, never a downloaded one, driven by Playwright: a helper of tests."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

SECONDS = 60  # for a page to show what it should, on a machine that does much else
SIZE = (1400, 900)
OPTIONS = [
    "--disable-gpu",
    "--no-proxy-server",
    # What a page asks of other machines fails at once, also where such requests would hang.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


class NoBrowserError(Exception):
    """Chromium or Playwright is not here."""


@contextmanager
def open_page() -> Iterator["Page"]:
    """A page of a browser without a window.

    While it is open, nothing else in this thread can run an event loop.

    Raises:
        NoBrowserError: there is no browser, or nothing to drive it with.
    """
    chromium = shutil.which("chromium")
    if chromium is None:
        raise NoBrowserError("chromium is not on PATH. Install the package chromium.")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise NoBrowserError("playwright cannot be imported. Install lstm_assets[dev].") from None
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=chromium, args=OPTIONS) as browser,
        browser.new_context(viewport={"width": SIZE[0], "height": SIZE[1]}) as context,
    ):
        context.set_default_timeout(SECONDS * 1000)
        yield context.new_page()
