"""The past of another source, revealed step by step, so that anyone can watch retuning happen."""

import datetime
import hashlib
import json
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, PrivateAttr

from lstm_assets.common.fields import Date, Whole
from lstm_assets.common.files import write_file
from lstm_assets.errors import SourceError
from lstm_assets.settings import settings
from lstm_assets.sources.base import Source
from lstm_assets.sources.prices import Prices

_DAYS_BACK = (31, 366, 3660)  # how far before the revealed date its newest bar is looked for


class Replay(Source):
    """Another source as it was on a date that moves forward with every tick.

    The date is kept in a file of LSTM_ASSETS_HOME, one for each study's folder, so that the
    sensor that moves it and the run that fetches up to it, which are two processes, see the same.
    Another `begin` starts anew.
    """

    kind: Literal["replay"] = "replay"
    of: Source = Field(description="the source to replay, e.g. {kind: ecb}")
    begin: Date = Field(description="the date up to which there are bars at first, e.g. 2022-07-01")
    step_days: Whole = Field(
        7, ge=1, description="whole calendar days from 1, revealed by each tick"
    )

    _folder: Path = PrivateAttr(default=Path())

    def located(self, folder: Path) -> Self:
        """The same replay, for the study in `folder`."""
        located = self.model_copy(update={"of": self.of.located(folder)})
        located._folder = folder
        return located

    def tick(self) -> None:
        """Reveal `step_days` more; see `Source.tick`."""
        day = min(self._until().toordinal() + self.step_days, datetime.date.max.toordinal())
        until = datetime.date.fromordinal(day).isoformat()
        state = {"study": str(self._study), "begin": self.begin.isoformat(), "until": until}
        write_file(self._file, json.dumps(state).encode())

    def fetch(
        self, ticker: str, date_begin: datetime.date, date_end: datetime.date | None
    ) -> Prices:
        """Bars and actions revealed so far, as the other source has them; see `Source.fetch`."""
        until = self._until()
        if until < date_begin:
            raise SourceError(
                f"replay {ticker}: bars are revealed up to {until}, none from {date_begin} on. "
                "Set source.begin later than date_begin."
            )
        return self.of.fetch(
            ticker, date_begin, until if date_end is None else min(date_end, until)
        )

    def newest(self, ticker: str) -> datetime.date:
        """Date of the newest bar revealed so far; see `Source.newest`."""
        until = self._until()
        newest = self.of.newest(ticker)
        return newest if newest <= until else self._newest(ticker, until)

    def _newest(self, ticker: str, until: datetime.date) -> datetime.date:
        for days in _DAYS_BACK:
            begin = datetime.date.fromordinal(max(1, until.toordinal() - days))
            try:
                bars = self.of.fetch(ticker, begin, until).bars
            except SourceError as error:
                if type(error) is not SourceError:
                    raise  # looking further back is of no use
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
        # The digest tells apart studies whose folders have one name in different places.
        digest = hashlib.sha256(str(study).encode("utf-8", "surrogateescape")).hexdigest()
        return settings().home / "replay" / f"{study.name}-{digest[:12]}.json"

    def _until(self) -> datetime.date:
        """The date up to which bars are revealed."""
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
                f"to begin anew at {self.begin}."
            ) from None
        except (ValueError, TypeError, LookupError):
            # Not begun anew unasked: that would take back bars that are stored and trained on.
            raise SourceError(
                f"replay: {file} is damaged, so that it is not known up to which date bars are "
                f"revealed. Delete it to begin anew at {self.begin}."
            ) from None
