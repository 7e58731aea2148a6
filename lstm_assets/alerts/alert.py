"""What an alert says."""

from dataclasses import dataclass

from lstm_assets.common.text import one_line

CHARACTERS_REASON = 1000  # of a reason that are sent


class NotSentError(Exception):
    """An alert was not sent. Its text is one line, fit for a log: no address, no password."""


@dataclass(frozen=True, slots=True)
class Alert:
    """Something failed."""

    study: str  # its code
    failed: str  # the asset, e.g. model_results, or "run"
    run_id: str
    reason: str
    link: str = ""  # of the run in the UI, without the host, e.g. /runs/<run_id>

    @property
    def line(self) -> str:
        """The whole alert in one printable line."""
        reason = one_line(self.reason)[:CHARACTERS_REASON]
        link = f" ({self.link})" if self.link else ""
        return one_line(
            f"study {self.study}: {self.failed} failed in run {self.run_id}{link}: {reason}"
        )
