"""What a source of prices is: typed settings that can fetch."""

import datetime
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict

from lstm_assets.sources.prices import Prices


class Source(BaseModel, ABC):
    """Where a study's prices come from.

    A subclass is one file in this folder and one line in the registry. Its fields are the keys
    that a study may give below `source`; `kind` is its name in the registry. A field of type
    Source is another source, a mapping of its own. A field's `description` completes "is
    missing: ..." and "expected ..." in an error.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str

    @abstractmethod
    def fetch(
        self, ticker: str, date_begin: datetime.date, date_end: datetime.date | None
    ) -> Prices:
        """Bars and corporate actions, as traded.

        Args:
            ticker: as the study names it, e.g. USD/KRW.
            date_begin: first date wanted.
            date_end: last date wanted, included; None is up to the newest bar.

        Raises:
            UnknownTickerError: the source does not know `ticker`.
            SourceUnavailableError: the source was not reached.
            InvalidPricesError: what the source answered is no table of prices.
            SourceError: the source has no bars between the dates.
        """

    @abstractmethod
    def newest(self, ticker: str) -> datetime.date:
        """Date of the newest bar that `fetch` would give, without fetching the others.

        Raises:
            SourceError: as `fetch` does.
        """

    def tick(self) -> None:
        """Called once by every tick of a study's retune sensor, before it asks for the newest date.

        Raises:
            SourceError: what the source keeps of earlier ticks cannot be read.
            HomeError: nor be written.
        """

    def located(self, folder: Path) -> Self:
        """The same source, its relative paths taken from `folder`, where the study's file is."""
        return self
