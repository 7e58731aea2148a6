"""Where Dagster stores runs, events and schedules: MySQL, or SQLite in Dagster's home.

dagster.yaml names this class, so every client of Dagster works with and without MySQL.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from dagster._config.config_schema import UserConfigSchema
from dagster._core.storage.base_storage import DagsterStorage
from dagster._core.storage.event_log import EventLogStorage
from dagster._core.storage.runs import RunStorage
from dagster._core.storage.schedules import ScheduleStorage
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClass, ConfigurableClassData

from lstm_assets.settings import DAGSTER_MYSQL_URL, settings

if TYPE_CHECKING:
    from dagster import DagsterInstance

DAGSTER_HOME = "DAGSTER_HOME"


class Storage(DagsterStorage, ConfigurableClass):
    """MySQL at DAGSTER_MYSQL_URL if that is set, else SQLite.

    The SQLite files are in DAGSTER_HOME, or, without one, where `lstm-assets` has them as well: in
    LSTM_ASSETS_HOME.
    """

    def __init__(self, inst_data: ConfigurableClassData | None = None) -> None:
        self._inst_data = inst_data
        self._inner = _storage()
        super().__init__()  # type: ignore[no-untyped-call]

    @property
    def inst_data(self) -> ConfigurableClassData | None:
        """The section of dagster.yaml."""
        return self._inst_data

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        """Return its keys in dagster.yaml: none, because a URL contains a password."""
        return {}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Any
    ) -> Storage:
        """Return the storage that the environment names."""
        return cls(inst_data)

    def register_instance(self, instance: DagsterInstance) -> None:
        """Let the storages know their instance."""
        super().register_instance(instance)
        self._inner.register_instance(instance)

    @property
    def event_log_storage(self) -> EventLogStorage:
        """Where events are."""
        return self._inner.event_log_storage

    @property
    def run_storage(self) -> RunStorage:
        """Where runs are."""
        return self._inner.run_storage

    @property
    def schedule_storage(self) -> ScheduleStorage:
        """Where the state of sensors is."""
        return self._inner.schedule_storage

    def dispose(self) -> None:
        """Close its connections."""
        for each in (self.event_log_storage, self.run_storage, self.schedule_storage):
            each.dispose()


def _storage() -> DagsterStorage:
    url = os.environ.get(DAGSTER_MYSQL_URL)
    if url:
        from dagster_mysql import DagsterMySQLStorage

        return DagsterMySQLStorage(url)
    home = os.environ.get(DAGSTER_HOME) or settings().dagster_home
    return DagsterSqliteStorage.from_local(str(home))
