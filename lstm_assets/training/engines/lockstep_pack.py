"""Train a pack: trajectories of one shape in lockstep, each step for all of them at once.

Each trajectory has the same windows, batches and updates as in one_by_one.train; only the order of
the sums differs. Trajectories with smaller batches, fewer windows or fewer epochs are masked while
they have nothing to do. When half of the pack has ended, the others continue in a smaller pack.

A trajectory that continues from a checkpoint gives the same result as without the interruption: bit
by bit if the pack's largest batch size was the same at each step, else except for rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import nn

from lstm_assets.errors import LstmAssetsError
from lstm_assets.training.engines.lockstep import STEPS, Lockstep
from lstm_assets.training.engines.member import Member
from lstm_assets.training.engines.packs import Pack
from lstm_assets.training.engines.state import State
from lstm_assets.training.engines.tensors import drawn_module, training_windows
from lstm_assets.training.events import CellFailed, Event, TrajectoryStarted
from lstm_assets.training.options import Options
from lstm_assets.training.series import TrainingSeries


def train_pack(
    pack: Pack, series: TrainingSeries, options: Options | None = None
) -> Iterator[Event]:
    """Train a pack, and score each cell when its trajectory reaches the cell's epoch.

    Args:
        pack: the trajectories, and the device to train on.
        series: the study's prices.
        options: checkpoints and limits.

    Yields:
        The same events as one_by_one.train for each trajectory, and a CellFailed for each cell
        without a result: an error of one trajectory does not stop the others.
    """
    torch.set_num_threads(1)
    members: list[Member] = []
    for trajectory in pack.trajectories:
        yield TrajectoryStarted(tuple(trajectory.codes))
        try:
            members.append(Member(trajectory, series, options or Options()))
        except LstmAssetsError as error:
            yield from (CellFailed.of(code, error) for code in trajectory.codes)
    module = drawn_module(pack.trajectories[0]).to(pack.device)  # to score cells, one at a time
    for member in members:
        yield from _or_fail(member, _resumed(member, module))
    while active := [member for member in members if not member.ended]:
        yield from _train_until_half_ended(active, pack, series, module)


def _resumed(member: Member, module: nn.Module) -> Iterator[Event]:
    """Score the cells of a member that its checkpoint has already reached."""
    return member.resumed(_Trained(module, lambda: member.state))


def _train_until_half_ended(
    members: Sequence[Member], pack: Pack, series: TrainingSeries, module: nn.Module
) -> Iterator[Event]:
    """Train these members until at least half of them have ended; keep the states of the others."""
    longest = max(members, key=lambda member: member.windows)
    lockstep = Lockstep(
        network=pack.trajectories[0].network,
        states=[member.state for member in members],
        settings=[member.settings for member in members],
        # The windows of the other members are the first of these.
        windows=training_windows(series, longest.split),
        batch_size=max(member.batch_size for member in members),
        device=pack.device,
    )
    while 2 * sum(not member.ended for member in members) > len(members):
        yield from _advance(members, lockstep, module)
    for index, member in enumerate(members):
        if not member.ended:
            member.state = lockstep.state(index)


def _advance(members: Sequence[Member], lockstep: Lockstep, module: nn.Module) -> Iterator[Event]:
    """Take steps until any member's epoch ends, but at most STEPS."""
    for member in members:
        if not member.ended:
            yield from member.check_time()
    active = [(index, member) for index, member in enumerate(members) if not member.ended]
    if not active:
        return
    steps = min(STEPS, *(member.steps_left for _, member in active))
    batch_size = max(member.batch_size for member in members)
    batches = torch.zeros(steps, len(members), batch_size, dtype=torch.int64)
    sizes = torch.zeros(steps, len(members), dtype=torch.int64)
    for index, member in active:
        batches[:, index, : member.batch_size], sizes[:, index] = member.batches(steps)
    losses = lockstep.run(batches, sizes)
    for index, member in active:
        trained = _Trained(module, partial(lockstep.state, index))
        yield from _or_fail(member, member.finish_steps(losses[:, index].tolist(), trained))


def _or_fail(member: Member, events: Iterator[Event]) -> Iterator[Event]:
    """Yield a member's events; if an error stops it, fail its cells but not those of others."""
    try:
        yield from events
    except LstmAssetsError as error:
        yield from member.fail(error)


@dataclass(frozen=True, slots=True)
class _Trained:
    """A trajectory of a pack; see one_trajectory.Trained."""

    module: nn.Module  # of the pack's shape; it takes the weights of the member to score
    state: Callable[[], State]

    def network(self) -> nn.Module:
        """Return the module with this trajectory's weights; see Trained."""
        self.module.load_state_dict(self.state().weights)
        return self.module
