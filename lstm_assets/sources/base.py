"""The base class of sources: typed settings that can fetch prices."""

import datetime
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict

from lstm_assets.sources.prices import Prices


class Source(BaseModel, ABC):
    """Where a study's prices come from.

    A subclass is one file in this folder and one line in the registry. Its fields are the keys
    that a study may have below `source`; `kind` is its name in the registry. A field of type
    Source contains another source, written as a mapping. A field's `description` completes "is
    missing: ..." and "expected ..." in an error.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str

    @abstractmethod
    def fetch(
        self, ticker: str, date_begin: datetime.date, date_end: datetime.date | None
    ) -> Prices:
        """Return bars and corporate actions, as traded.

        Args:
            ticker: as the study names it, e.g. USD/KRW.
            date_begin: first requested date.
            date_end: last requested date, included; None: up to the newest bar.

        Raises:
            UnknownTickerError: the source does not know `ticker`.
            SourceUnavailableError: the source could not be reached.
            InvalidPricesError: the answer is not a table of prices.
            SourceError: the source has no bars between the dates.
        """

    @abstractmethod
    def newest(self, ticker: str) -> datetime.date:
        """Return the date of the newest bar of `fetch`, without fetching all bars.

        Raises:
            SourceError: in the same cases as `fetch`.
        """

    def tick(self) -> None:
        """Move the source on by one tick of a study's retune sensor.

        Each tick of the sensor calls this once, before it reads the newest date.

        Raises:
            SourceError: the stored state of the source cannot be read.
            HomeError: the stored state of the source cannot be written.
        """

    def with_paths_from(self, folder: Path) -> Self:
        """Return the same source with its relative paths below `folder`, the study's folder."""
        return self
