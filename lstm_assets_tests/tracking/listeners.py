"""Helper: a listener that remembers what it heard."""

from dataclasses import dataclass, field

from lstm_assets.training.events import Event
from lstm_assets.training.series import TrainingSeries
from lstm_assets.training.trajectory import Trajectory


@dataclass
class Recorder:
    """Remembers what it heard; with `refuses` it raises at that kind of event."""

    refuses: type | None = None
    starts: list[tuple[list[str], int]] = field(default_factory=list)  # CODE_TASKs, cells reused
    events: list[Event] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def start(self, trajectories: list[Trajectory], series: TrainingSeries, reused: int) -> None:
        self.starts.append((sorted(code for each in trajectories for code in each.codes), reused))

    def happened(self, event: Event) -> None:
        if self.refuses and isinstance(event, self.refuses):
            raise ConnectionError("out of reach")
        self.events.append(event)

    def show_line(self, line: str) -> None:
        self.lines.append(line)
