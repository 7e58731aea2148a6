"""What a person does on the pages of Dagster's UI, and what they wait to see there."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lstm_assets_tests.ui.graphql import SECONDS as SECONDS_OF_A_RUN

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

ENDED = re.compile("^(Success|Failure|Canceled)$")


class Pages:
    """The UI at a URL, in a page of a browser."""

    def __init__(self, page: "Page", url: str) -> None:
        self.page = page
        self._url = url

    def open_graph(self) -> None:
        self.page.goto(self._url)
        self.page.get_by_role("link", name="Lineage").click()
        self.page.get_by_role("button", name="Materialize all").wait_for()

    def icon(self, asset: str) -> "Locator":
        """The sign of an asset's state, in the list beside the graph."""
        return self.page.get_by_role("button", name=asset).get_by_role("img").first

    def materialize_path(self, first: str, last: str) -> str:
        """Materialize a path of the graph; returns how the run ended."""
        self._node(first).click()
        self._node(last).click(modifiers=["Shift"])
        self.page.get_by_role("button", name="Materialize selected").click()
        return self._end_of_the_run()

    def open_asset(self, asset: str) -> None:
        """From the graph to an asset's page."""
        self._node(asset).click()
        self.page.get_by_role("link", name="View in Asset Catalog").click()
        self.page.get_by_role("tab", name="Overview").wait_for()

    def materialize(self) -> str:
        """Materialize the asset whose page this is; returns how the run ended."""
        self.page.get_by_role("button", name="Materialize").click()
        return self._end_of_the_run()

    def open_tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name).click()

    @contextmanager
    def partitions_to_materialize(self) -> Iterator["Locator"]:
        """The dialog in which partitions are chosen, and launched at the end."""
        self.page.get_by_role("button", name="Materialize…").click()
        dialog = self.page.get_by_role("dialog").filter(has_text="Launch runs to materialize")
        yield dialog
        dialog.get_by_role("button", name="Launch").click()
        dialog.wait_for(state="detached")

    def choose_partitions(self, dialog: "Locator", part: str, expected: int) -> None:
        """Choose every partition whose name has this part."""
        dialog.get_by_text("Select a partition").click()
        self.page.get_by_placeholder("Filter partitions").fill(part)
        self.page.get_by_role("menuitem", name=f"Select all ({expected})").click()
        self.page.keyboard.press("Escape")
        dialog.get_by_text(f"{expected} partitions", exact=True).wait_for()

    def wait_for_partitions(self, **counts: int) -> None:
        """Wait until the page of partitions counts as many in each of these states."""
        for state, count in counts.items():
            shown = self.page.get_by_text(f"{state.capitalize()} ({count})")
            shown.wait_for(timeout=SECONDS_OF_A_RUN * 1000)

    def open_partition(self, name: str) -> None:
        self.page.get_by_text(name, exact=True).filter(visible=True).first.click()
        self.page.get_by_text("Latest materialization").wait_for()

    def open_failed_run(self) -> None:
        """From a red partition to the run that it failed in."""
        alert = self.page.get_by_text("failed, and did not materialize this asset")
        alert.get_by_role("link").click()
        self.page.get_by_text(ENDED).first.wait_for()

    @contextmanager
    def plot(self, name: str) -> Iterator["Locator"]:
        """A picture in the metadata of the asset whose page this is."""
        row = self.page.get_by_role("row").filter(has_text=name)
        row.get_by_text("Show Markdown").click()
        dialog = self.page.get_by_role("dialog").filter(has_text=name)
        picture = dialog.get_by_role("img").and_(self.page.locator("img"))
        picture.wait_for()
        yield picture
        self.page.keyboard.press("Escape")
        dialog.wait_for(state="detached")

    def shows(self, text: str) -> bool:
        """Whether the page comes to show a text."""
        self.page.get_by_text(text).filter(visible=True).first.wait_for()
        return True

    def _node(self, asset: str) -> "Locator":
        # A node that is drawn small shortens its name in the middle.
        return self.page.locator("foreignObject").filter(has_text=asset[:8])

    def _end_of_the_run(self) -> str:
        """Follow the notice of a run that was launched to its page."""
        self.page.get_by_role("button", name="View", exact=True).click()
        status = self.page.get_by_text(ENDED).first
        status.wait_for(timeout=SECONDS_OF_A_RUN * 1000)
        return status.inner_text()
