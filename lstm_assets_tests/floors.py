"""Who may import whom: a helper of test_floors, which checks it over the real imports.

The rooms stand from the top floor down, and each imports only what stands below it.
"""

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import lstm_assets

PACKAGE = Path(lstm_assets.__file__).parent


@dataclass(frozen=True)
class Room:
    """A folder, or a module of the root, and what it may import of the package."""

    name: str
    imports: str  # names of rooms, with a space between them
    why: str


EVERYBODY = "errors common"  # what every room may import

ROOMS = [
    Room("definitions", "study settings", "Dagster loads the studies from here, as components"),
    Room("cli", "components graph graph.runs report records tracking training search study store "
         "cells settings", "commands start runs, and show what the tables say"),
    Room("components", "graph graph.assets graph.sensors tracking study",
         "a study's YAML becomes assets, jobs and sensors"),
    Room("graph.sensors", "graph graph.runs records study store cells",
         "a sensor looks at runs and tables, and requests runs"),
    Room("graph.assets", "graph graph.runs graph.io_managers report records tracking "
         "training.executors training plots study search store data cells sources "
         "settings", "an asset loads, calls the domain, and reports"),
    Room("graph.runs", "graph graph.io_managers records tracking training.executors training "
         "plots study store cells alerts settings",
         "a run trains, stores and settles what it was asked for"),
    Room("graph.io_managers", "graph records training study search store cells sources settings",
         "assets and the ends of cells are stored by store, and loaded by records"),
    Room("graph", "study store cells settings", "names and keys of a study in Dagster"),
    Room("report", "records training plots study search evaluation store cells",
         "the page draws what the records say"),
    Room("records", "forecasting training study search evaluation store data cells models sources",
         "they put rows together as cells, results and search states"),
    Room("forecasting", "training.engines training evaluation data cells",
         "a stored model is loaded and scored as its training scored it"),
    Room("tracking", "training", "listeners understand what a training tells"),
    Room("sklearn", "training.engines data cells models optim",
         "the estimator trains as a cell does"),
    Room("training.executors", "training.engines training",
         "a worker process runs an engine"),
    Room("training.engines", "training evaluation data models optim",
         "an engine takes a trajectory's steps and scores its cells"),
    Room("training", "evaluation data cells models",
         "a trajectory is planned from cells, on a series of prices"),
    Room("plots", "evaluation data", "arrays become pictures"),
    Room("study", "search data cells models sources optim",
         "a YAML names a source, a model, how it learns and a search"),
    Room("search", "cells models", "a search proposes values for a model's hyperparameters"),
    Room("evaluation", "data cells", "metrics are taken over windows of prices"),
    Room("store", "cells sources settings", "rows are cells, results and prices"),
    Room("data", "sources", "what a source gave is checked and adjusted"),
    Room("cells", "models optim", "a cell's values are the settings of a model and its learner"),
    Room("models", "optim", "a network says what trains it"),
    Room("sources", "settings", "a source keeps its files in the home"),
    Room("alerts", "settings", "the environment says where alerts are posted"),
    Room("optim", "", "optimizers know weights, and no network"),
    Room("settings", "", "the environment, read for everybody who may"),
    Room("common", "", "fields, files and text know nothing of the project"),
    Room("errors", "", "the family of errors"),
]  # fmt: skip

SPLIT = ("graph", "training")  # folders whose own folders are rooms as well


@dataclass(frozen=True)
class Import:
    """One import of one file, also one that is for types only."""

    file: str  # below the checkout
    line: int
    room: str
    module: str  # what it imports

    def __str__(self) -> str:
        return f"{self.file}:{self.line} imports {self.module}"


def imports_of(file: str, source: str) -> Iterator[Import]:
    """Return the imports of a file of the package, wherever they stand in it."""
    room = room_of(".".join(Path(file).with_suffix("").parts).removesuffix(".__init__"))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for each in node.names:
                yield Import(file, node.lineno, room, each.name)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file}:{node.lineno} is a relative import: name the module"
            for each in node.names:  # a name may be a module of its own
                yield Import(file, node.lineno, room, f"{node.module}.{each.name}")


@functools.cache
def real_imports() -> tuple[Import, ...]:
    """Return every import of the package."""
    files = {path.relative_to(PACKAGE.parent).as_posix(): path for path in PACKAGE.rglob("*.py")}
    return tuple(
        each for file in sorted(files) for each in imports_of(file, files[file].read_text("utf-8"))
    )


@functools.cache
def room_of(module: str) -> str:
    """Return the room in which a module of the package stands; empty for the package itself."""
    parts = module.split(".")[1:]
    inner = PACKAGE.joinpath(*parts[:2])
    if len(parts) > 1 and parts[0] in SPLIT and inner.is_dir():
        return ".".join(parts[:2])
    return parts[0] if parts and _exists(parts[0]) else ""


def _exists(name: str) -> bool:
    return (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").is_file()


def broken_rule(each: Import) -> str:
    """Return the rule that an import breaks; empty if it breaks none."""
    top = each.module.split(".")[0]
    if top.startswith("dagster") and each.room.split(".")[0] not in DAGSTER_IN:
        return f"Dagster is imported in {', '.join(sorted(DAGSTER_IN))} only"
    if top == "sqlalchemy" and each.room != "store":
        name = each.module.split(".")[-1]
        return "" if name in NO_SQL else "SQL is written in store only; ask it, or records"
    if top != "lstm_assets":
        return ""
    target = room_of(each.module)
    if target in ("", each.room):
        return ""
    rooms = {room.name: room for room in ROOMS}
    if each.room not in rooms:
        return f"{each.room or 'the root'} is no room; add a line to the table, with its reason"
    allowed = {*rooms[each.room].imports.split(), *EVERYBODY.split()}
    if target in allowed:
        return ""
    return f"{each.room} may import {' '.join(sorted(allowed))}: {rooms[each.room].why}"


DAGSTER_IN = {"definitions", "cli", "components", "graph"}
# What of SQLAlchemy others may hold: what store hands out, and what it raises.
NO_SQL = {"Connection", "Engine", "URL", "make_url", "IntegrityError"}
