"""The module that Dagster loads: the definitions of every study in the studies folder.

Loading it uses neither network nor database, and does not import torch.
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
    """Return the definitions of all studies in a folder, loaded as Dagster components.

    Raises:
        StudyError: a study is wrong. The studies are checked before Dagster reads them, so that
            the message is one line.
    """
    read_studies(folder)
    tree = dg.ComponentTree.from_module(_module_of(folder), project_root=folder.parent)
    with warnings.catch_warnings():
        # Here Dagster warns about calls that Dagster itself makes.
        warnings.simplefilter("ignore", dg.PreviewWarning)
        warnings.simplefilter("ignore", dg.BetaWarning)
        studies = tree.build_defs()
    # A run is already a separate process. One more process per step would only take time to start.
    return dg.Definitions.merge(studies, dg.Definitions(executor=dg.in_process_executor))


def _module_of(folder: Path) -> ModuleType:
    """Return the module that Dagster needs for a folder of studies."""
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
    """Return the studies of the folder that the environment names, or the installed ones."""
    return build_definitions(settings().studies)
