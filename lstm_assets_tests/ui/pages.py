"""What a person does and waits for on the pages of Dagster's UI: a helper of tests."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lstm_assets_tests.ui.graphql import SECONDS

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

MILLISECONDS_OF_A_RUN = SECONDS * 1000
ENDED = re.compile("^(Success|Failure|Canceled)$")


class Pages:
    """The UI at a URL, in a page of a browser."""

    def __init__(self, page: "Page", url: str) -> None:
        self.page = page
        self._url = url

    def open_graph(self) -> None:
        self.page.goto(self._url)
        self.page.locator("a[href='/asset-groups']").click()

    def open_whole_graph(self) -> None:
        """Open the graph alone, its nodes as large as fit; the page is left wide and low."""
        self.page.set_viewport_size({"width": 1640, "height": 520})
        self.open_graph()
        self.page.get_by_role("button", name="Hide navigation").click()
        self.page.reload()
        self.wait_for_text("% filled")
        # The nodes keep their size when the list beside them goes.
        self.page.get_by_role("button", name="panel_show_right").click()
        self.page.get_by_placeholder("Jump to").wait_for(state="detached")
        self.page.set_viewport_size({"width": 1340, "height": 520})

    def materialize_path(self, first: str, last: str) -> None:
        """Materialize the assets on a path of the graph."""
        self._node(first).click()
        self._node(last).click(modifiers=["Shift"])
        self.page.get_by_role("button", name="Materialize selected").click()

    def wait_for_green(self, *assets: str) -> None:
        """Wait until these assets are green in the list beside the graph."""
        for asset in assets:
            entry = self.page.get_by_role("button", name=asset)
            entry.get_by_role("img", name="run_success").wait_for(timeout=MILLISECONDS_OF_A_RUN)

    def open_asset(self, asset: str, tab: str = "Overview") -> None:
        """From the graph to an asset's page."""
        self._node(asset).click()
        self.page.get_by_role("link", name="View in Asset Catalog").click()
        self.page.get_by_role("tab", name=tab).click()

    @contextmanager
    def materializing_partitions(self) -> Iterator["Locator"]:
        """The window in which partitions are chosen; they are launched at the end."""
        self.page.get_by_role("button", name="Materialize…").click()
        window = self.page.get_by_role("dialog").filter(has_text="Launch runs to materialize")
        yield window
        window.get_by_role("button", name="Launch").click()
        window.wait_for(state="detached")

    def choose_partitions(self, window: "Locator", part: str, expected: int) -> None:
        """Choose every partition with this in its name."""
        window.get_by_text("Select a partition").click()
        self.page.get_by_placeholder("Filter partitions").fill(part)
        self.page.get_by_role("menuitem", name=f"Select all ({expected})").click()
        self.page.keyboard.press("Escape")
        window.get_by_text(f"{expected} partitions", exact=True).wait_for()

    def choose_failed_partition(self, window: "Locator") -> None:
        """Choose the partitions that failed, of which there is one."""
        window.get_by_role("button", name="Failed", exact=True).click()
        window.get_by_text("1 partition", exact=True).wait_for()

    def wait_for_partitions(self, **counts: int) -> None:
        """Wait until the page counts as many partitions in each of these states."""
        for state, count in counts.items():
            shown = self.page.get_by_text(f"{state.capitalize()} ({count})", exact=True)
            shown.wait_for(timeout=MILLISECONDS_OF_A_RUN)

    def open_partition(self, name: str) -> None:
        self._seen(name).click()

    def run_that_failed(self) -> str:
        """From a red partition to the run in which it failed; returns that run's status."""
        alert = self.page.get_by_text("failed, and did not materialize this asset")
        alert.get_by_role("link").click()
        return self._status_of_the_run()

    def wait_for_text(self, text: str) -> None:
        self._seen(text).wait_for()

    @contextmanager
    def plot(self, name: str) -> Iterator["Locator"]:
        """A picture in the metadata of the asset whose page this is."""
        row = self.page.get_by_role("row").filter(has_text=name)
        row.get_by_text("Show Markdown").click()
        window = self.page.get_by_role("dialog").filter(has_text=name)
        picture = window.locator("img")
        picture.evaluate("picture => picture.decode()")  # waits until it can be drawn
        yield picture
        window.get_by_role("button", name="Close").click()
        window.wait_for(state="detached")

    def _node(self, asset: str) -> "Locator":
        # A node that is drawn small shortens its name in the middle.
        return self.page.locator("foreignObject").filter(has_text=asset[:8])

    def _seen(self, text: str) -> "Locator":
        # The UI keeps unseen twins of the texts that it may have to shorten.
        return self.page.get_by_text(text).filter(visible=True).first

    def _status_of_the_run(self) -> str:
        status = self.page.get_by_text(ENDED).first
        status.wait_for(timeout=MILLISECONDS_OF_A_RUN)
        return status.inner_text()
