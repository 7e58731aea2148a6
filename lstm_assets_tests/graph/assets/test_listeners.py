"""Who follows a run of model_results."""

import dagster as dg

from lstm_assets.training.events import CellTrained
from lstm_assets_tests.graph.assets.graph import GRID, Graph
from lstm_assets_tests.site import Site
from lstm_assets_tests.tracking.listeners import Recorder


def codes(recorder: Recorder) -> list[str]:
    return sorted(event.code for event in recorder.events if isinstance(event, CellTrained))


def test_two_listeners_follow_one_run(site: Site, instance: dg.DagsterInstance) -> None:
    first, second = Recorder(), Recorder()
    graph = Graph(site, instance, [first, second])
    graph.run(GRID)
    start, end = graph.partitions[0], graph.partitions[-1]

    trained = graph.train(start, end)
    again = graph.train(start, end)

    assert trained.success
    assert again.success
    assert codes(first) == sorted(graph.partitions)
    assert first.events == second.events
    assert first.starts == second.starts
    assert [reused for _, reused in first.starts] == [0, len(graph.partitions)]
