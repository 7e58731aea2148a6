"""The past of another source, revealed step by step: a demonstration of retuning."""

import datetime
import hashlib
import json
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, PrivateAttr

from lstm_assets.common.fields import Date, LargeWhole
from lstm_assets.common.files import write_file
from lstm_assets.errors import SourceError
from lstm_assets.settings import settings
from lstm_assets.sources.base import Source
from lstm_assets.sources.prices import Prices

_DAYS_BACK = (31, 366, 3660)  # ranges before the revealed date in which to look for the newest bar


class Replay(Source):
    """Another source as it was on a date that moves forward with every tick.

    The date is stored in a file of LSTM_ASSETS_HOME, one per study folder: the sensor that moves
    the date and the run that fetches up to it are two processes. A changed `begin` starts again
    at that date.
    """

    kind: Literal["replay"] = "replay"
    of: Source = Field(description="the source to replay, e.g. {kind: ecb}")
    begin: Date = Field(description="the date up to which there are bars at first, e.g. 2022-07-01")
    step_days: LargeWhole = Field(
        7, ge=1, description="whole calendar days from 1, revealed by each tick"
    )

    _folder: Path = PrivateAttr(default=Path())

    def with_paths_from(self, folder: Path) -> Self:
        """Return the same replay for the study in `folder`."""
        replay = self.model_copy(update={"of": self.of.with_paths_from(folder)})
        replay._folder = folder
        return replay

    def tick(self) -> None:
        """Reveal `step_days` more; see `Source.tick`."""
        day = min(self._revealed().toordinal() + self.step_days, datetime.date.max.toordinal())
        until = datetime.date.fromordinal(day).isoformat()
        state = {"study": str(self._study), "begin": self.begin.isoformat(), "until": until}
        write_file(self._file, json.dumps(state).encode())

    def fetch(
        self, ticker: str, date_begin: datetime.date, date_end: datetime.date | None
    ) -> Prices:
        """Return the bars and actions of the other source revealed so far; see `Source.fetch`."""
        until = self._revealed()
        if until < date_begin:
            raise SourceError(
                f"replay {ticker}: bars are revealed up to {until}, none from {date_begin} on. "
                "Set source.begin later than date_begin."
            )
        return self.of.fetch(
            ticker, date_begin, until if date_end is None else min(date_end, until)
        )

    def newest(self, ticker: str) -> datetime.date:
        """Return the date of the newest bar revealed so far; see `Source.newest`."""
        until = self._revealed()
        newest = self.of.newest(ticker)
        return newest if newest <= until else self._newest_until(ticker, until)

    def _newest_until(self, ticker: str, until: datetime.date) -> datetime.date:
        for days in _DAYS_BACK:
            begin = datetime.date.fromordinal(max(1, until.toordinal() - days))
            try:
                bars = self.of.fetch(ticker, begin, until).bars
            except SourceError as error:
                if type(error) is not SourceError:
                    raise  # a longer range has the same error
            else:
                return datetime.date.fromisoformat(bars["date"].iloc[-1])
        raise SourceError(
            f"replay {ticker}: source {self.of.kind} has no bar in the {days} days up to {until}. "
            "Set source.begin to a date by which it has some."
        )

    @property
    def _study(self) -> Path:
        return self._folder.resolve()

    @property
    def _file(self) -> Path:
        study = self._study
        # The digest distinguishes study folders with the same name in different places.
        digest = hashlib.sha256(str(study).encode("utf-8", "surrogateescape")).hexdigest()
        return settings().home / "replay" / f"{study.name}-{digest[:12]}.json"

    def _revealed(self) -> datetime.date:
        """Return the date up to which bars are revealed."""
        file = self._file
        try:
            state = json.loads(file.read_bytes())
            if state["begin"] != self.begin.isoformat():
                return self.begin
            return datetime.date.fromisoformat(state["until"])
        except FileNotFoundError:
            return self.begin
        except OSError as error:
            raise SourceError(
                f"replay: {file} cannot be read: {error.strerror}. Make it readable, or delete it "
                f"to start again at {self.begin}."
            ) from None
        except (ValueError, TypeError, LookupError):
            # Not started again here: that would hide bars that are already stored and trained on.
            raise SourceError(
                f"replay: {file} is damaged. It stores the date up to which bars are revealed. "
                f"Delete it to start again at {self.begin}."
            ) from None
