"""Sensors ticked by hand, whose requests are run in this process: a helper of tests."""

from dataclasses import dataclass, field

import dagster as dg

from lstm_assets.components.tuning_study import definitions_of
from lstm_assets.study import Study
from lstm_assets.study.file import read_study
from lstm_assets_tests.graph.assets.graph import QUIET
from lstm_assets_tests.site import Site


@dataclass(frozen=True)
class Ticked:
    """What a tick said."""

    skipped: str  # why it requested nothing; empty if it requested something
    requests: list[dg.RunRequest]


@dataclass
class Ticks:
    """A daemon for one study; each sensor's cursor is kept from tick to tick."""

    site: Site
    instance: dg.DagsterInstance
    name: str = "tiny"
    cursors: dict[str, str | None] = field(default_factory=dict)

    @property
    def study(self) -> Study:
        return read_study(self.site.studies / self.name / "defs.yaml")

    @property
    def definitions(self) -> dg.Definitions:
        return definitions_of(self.study)

    def tick(self, sensor: str) -> Ticked:
        """Tick a sensor; what it requests is not run."""
        definitions = self.definitions
        found = definitions.resolve_sensor_def(f"{self.name}__{sensor}")
        context = dg.build_sensor_context(
            instance=self.instance, cursor=self.cursors.get(sensor), definitions=definitions
        )
        told = found.evaluate_tick(context)
        self.cursors[sensor] = told.cursor
        return Ticked(told.skip_message or "", list(told.run_requests or []))

    def run(self, request: dg.RunRequest, job: str) -> dg.ExecuteInProcessResult:
        """Do what a tick requested, in this process."""
        name = request.job_name or f"{self.name}__{job}"
        return self.definitions.resolve_job_def(name).execute_in_process(
            instance=self.instance,
            run_config=QUIET | self._in_process(name, request),
            tags=dict(request.tags),
            raise_on_error=False,
        )

    def tick_and_run(self, sensor: str, job: str = "") -> Ticked:
        ticked = self.tick(sensor)
        for request in ticked.requests:
            self.run(request, job)
        return ticked

    def _in_process(self, job: str, request: dg.RunRequest) -> dict[str, object]:
        """The requested config; training in this process saves the workers' start."""
        if not job.endswith("__tune"):
            return dict(request.run_config)
        op = f"{self.name}__model_results"
        given = dict(request.run_config.get("ops", {}).get(op, {}).get("config", {}))
        return {"ops": {op: {"config": {"workers": 0} | given}}}
