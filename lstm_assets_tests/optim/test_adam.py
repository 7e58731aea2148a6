"""The optimizer moves parameters as the one it stands for."""

import subprocess
import sys

import torch

from lstm_assets.optim.adam import Adam


def test_it_moves_parameters_as_torchs_own_fused_adam_does_bit_by_bit() -> None:
    torch.manual_seed(7)
    start = [torch.randn(3, 4), torch.randn(5)]
    ours = [each.clone().requires_grad_() for each in start]
    theirs = [each.clone().requires_grad_() for each in start]
    optimizers = [Adam(ours, 0.01), torch.optim.Adam(theirs, lr=0.01, fused=True)]

    for _ in range(20):
        for optimizer, parameters in zip(optimizers, (ours, theirs), strict=True):
            optimizer.zero_grad()
            sum((each**3).sum() for each in parameters).backward()
            optimizer.step()

    assert all(torch.equal(a, b) for a, b in zip(ours, theirs, strict=True))
    assert not torch.equal(ours[0], start[0])


def test_it_does_not_import_torchs_compiler() -> None:
    script = (
        "import sys, torch; from lstm_assets.optim.adam import Adam;"
        "p = torch.ones(2, requires_grad=True); a = Adam([p], 0.1); p.sum().backward(); a.step();"
        "print('torch._dynamo' in sys.modules)"
    )

    told = subprocess.check_output([sys.executable, "-c", script], text=True)

    assert told == "False\n"
