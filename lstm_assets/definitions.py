"""Dagster's entry: every study of the studies folder.

Loading it touches neither network nor database, and imports no torch.
"""

import importlib.util
import sys
import warnings
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import dagster as dg

from lstm_assets.settings import settings, shipped_studies
from lstm_assets.study.file import read_studies


def build_definitions(folder: Path) -> dg.Definitions:
    """Load the studies of a folder as Dagster components.

    Raises:
        StudyError: a study is wrong; said before Dagster reads it, so in one line.
    """
    read_studies(folder)
    tree = dg.ComponentTree.from_module(_module_of(folder), project_root=folder.parent)
    with warnings.catch_warnings():
        # Dagster warns of its own calls within itself.
        warnings.simplefilter("ignore", dg.PreviewWarning)
        warnings.simplefilter("ignore", dg.BetaWarning)
        studies = tree.build_defs()
    # The run is a process of its own already: another one a step would only cost its start.
    return dg.Definitions.merge(studies, dg.Definitions(executor=dg.in_process_executor))


def _module_of(folder: Path) -> ModuleType:
    """Return a folder of studies as the module that Dagster wants of it."""
    if folder == shipped_studies():
        return importlib.import_module("lstm_assets.defs")
    name = "lstm_assets_studies"
    spec = ModuleSpec(name, loader=None, is_package=True)
    spec.submodule_search_locations = [str(folder)]
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    return module


@dg.definitions
def defs() -> dg.Definitions:
    """The studies of the folder that the environment names, or those that ship."""
    return build_definitions(settings().studies)
