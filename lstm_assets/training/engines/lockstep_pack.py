"""Train a pack: trajectories of one shape in lockstep, each step of all of them at once.

Each trajectory has the windows, batches and updates that one_by_one.train gives it when alone;
only the order of sums differs. Those with smaller batches, fewer windows or fewer epochs are
masked where they have nothing to do, and leave the pack when half of it has ended.

A trajectory that goes on from a checkpoint ends as if it had not been interrupted: bit by bit while
the pack's largest batch is the same at each of its steps, else but for rounding.
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
    """Train a pack, and score each cell when its trajectory reaches its epoch.

    Args:
        pack: what to train, and on which device.
        series: the study's prices.
        options: what each trajectory may use and must keep to.

    Yields:
        What one_by_one.train yields for each trajectory, and a CellFailed for each cell that has no
        result: an error of one trajectory is not the others'.
    """
    torch.set_num_threads(1)
    members: list[Member] = []
    for trajectory in pack.trajectories:
        yield TrajectoryStarted(tuple(trajectory.codes))
        try:
            members.append(Member(trajectory, series, options or Options()))
        except LstmAssetsError as error:
            yield from (CellFailed(code, str(error)) for code in trajectory.codes)
    module = drawn_module(pack.trajectories[0]).to(pack.device)  # scores one cell after another
    for member in members:
        yield from _or_fail(member, _resumed(member, module))
    while going_on := [member for member in members if not member.ended]:
        yield from _until_half_has_ended(going_on, pack, series, module)


def _resumed(member: Member, module: nn.Module) -> Iterator[Event]:
    return member.resumed(_Trained(module, lambda: member.state))


def _until_half_has_ended(
    members: Sequence[Member], pack: Pack, series: TrainingSeries, module: nn.Module
) -> Iterator[Event]:
    longest = max(members, key=lambda member: member.windows)
    lockstep = Lockstep(
        network=pack.trajectories[0].network,
        states=[member.state for member in members],
        settings=[member.settings for member in members],
        windows=training_windows(series, longest.split),  # all begin with the same windows
        batch_size=max(member.batch_size for member in members),
        device=pack.device,
    )
    while 2 * sum(not member.ended for member in members) > len(members):
        yield from _advance(members, lockstep, module)
    for index, member in enumerate(members):
        if not member.ended:
            member.state = lockstep.state(index)


def _advance(members: Sequence[Member], lockstep: Lockstep, module: nn.Module) -> Iterator[Event]:
    """Take steps until an epoch of any member ends, or STEPS."""
    for member in members:
        if not member.ended:
            yield from member.cut_off()
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
        yield from _or_fail(member, member.take(losses[:, index].tolist(), trained))


def _or_fail(member: Member, events: Iterator[Event]) -> Iterator[Event]:
    """Pass a member's events on; what stops it ends its cells and no other's."""
    try:
        yield from events
    except LstmAssetsError as error:
        yield from member.fail(error)


@dataclass(frozen=True, slots=True)
class _Trained:
    """A trajectory's state, to be read on the device; see one_trajectory.Trained."""

    module: nn.Module  # of the pack's shape; it takes the weights of whoever is scored
    state: Callable[[], State]

    def network(self) -> nn.Module:
        """See Trained."""
        self.module.load_state_dict(self.state().weights)
        return self.module
