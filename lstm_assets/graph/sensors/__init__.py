"""The sensors of a study, which do things by themselves. Each has one file, and one line here."""

from collections.abc import Callable

import dagster as dg

from lstm_assets.graph.jobs import Jobs
from lstm_assets.graph.sensors.best_model import best_model_sensor
from lstm_assets.graph.sensors.new_codes import new_codes_sensor
from lstm_assets.graph.sensors.next_round import next_round_sensor
from lstm_assets.graph.sensors.retune import retune_sensor
from lstm_assets.graph.sensors.task_status import task_status_sensor
from lstm_assets.study import Study

SENSORS: tuple[Callable[[Study, Jobs], dg.SensorDefinition], ...] = (
    task_status_sensor,
    best_model_sensor,
    new_codes_sensor,
    next_round_sensor,
    retune_sensor,
)
