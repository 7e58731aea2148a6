"""The content of an alert."""

from dataclasses import dataclass

from lstm_assets.common.text import one_line

CHARACTERS_REASON = 1000  # a longer reason is cut to this length


class NotSentError(Exception):
    """An alert was not sent. The text is one line for a log, without address and password."""


@dataclass(frozen=True, slots=True)
class Alert:
    """Something failed."""

    study: str  # the study's code
    failed: str  # the asset, e.g. model_results, or "run"
    run_id: str
    reason: str
    link: str = ""  # path of the run in the UI, without the host, e.g. /runs/<run_id>

    @property
    def line(self) -> str:
        """The whole alert in one printable line."""
        reason = one_line(self.reason)[:CHARACTERS_REASON]
        link = f" ({self.link})" if self.link else ""
        return one_line(
            f"study {self.study}: {self.failed} failed in run {self.run_id}{link}: {reason}"
        )
