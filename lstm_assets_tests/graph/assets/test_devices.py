"""What model_results is told to train on."""

import pytest
import torch

from lstm_assets_tests.graph.assets.graph import GRID, Graph, failure

FIRST, LAST = "TINY-0001", "TINY-0002"


@pytest.fixture
def graph_without_gpu(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> Graph:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    graph.run(GRID)
    return graph


def test_cuda_without_a_gpu_fails_the_run_in_one_line(graph_without_gpu: Graph) -> None:
    result = graph_without_gpu.train(FIRST, LAST, device="cuda")

    assert not result.success
    assert failure(result).startswith("device cuda cannot be used: t")
    assert "\n" not in failure(result)
    site = graph_without_gpu.site
    assert {site.statuses()[code] for code in (FIRST, LAST)} == {"Error"}
    assert site.notes()[FIRST] == failure(result)
    assert site.rows("TB_MODELHISTORY") == []


def test_the_environment_says_what_the_run_config_leaves_out(
    graph_without_gpu: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LSTM_ASSETS_DEVICE", "cuda")

    refused = graph_without_gpu.train(FIRST, LAST)
    trained = graph_without_gpu.train(FIRST, LAST, device="auto")

    assert failure(refused).startswith("device cuda cannot be used: ")
    assert trained.success
