"""Reading YAML: the file of a study, and what `--set` gives.

Both are read alike, in the way of YAML 1.2: see lstm_assets.common.written. Keys are texts.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

import yaml

from lstm_assets.common.written import number, truth, word_value
from lstm_assets.errors import StudyError

MOST_NODES = 100_000  # of a text, each alias counted as all that it repeats

_YAML = "tag:yaml.org,2002:"
_WORD = f"{_YAML}word"  # a scalar without quotes and without a tag
_TYPES: dict[str, tuple[type, ...]] = {"int": (int,), "float": (int, float), "bool": (bool,)}


def read_yaml(text: str) -> Any:
    """Return what a YAML text says, in plain types, None if it says nothing.

    Raises:
        StudyError: it is no YAML, repeats a key, has a tag besides those of YAML 1.2, or aliases
            that repeat too much. The message names the line.
    """
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - it is a SafeLoader
    except yaml.YAMLError as error:
        raise StudyError(_problem(error)) from None
    except RecursionError:
        raise StudyError("lists and mappings are nested too deep. Write fewer levels.") from None


class _Loader(yaml.SafeLoader):
    """Reads words as YAML 1.2 does, and refuses what YAML alone would take without a message."""

    yaml_implicit_resolvers: dict[Any, Any] = {  # noqa: RUF012 - so PyYAML declares it
        None: [(f"{_YAML}merge", re.compile("<<$")), (_WORD, re.compile(""))]
    }

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._sizes: dict[int, int] = {}  # id of a composed node -> its nodes, aliases repeated

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Return the next node; refuse a repeated key, and aliases that repeat too much."""
        event = self.peek_event()  # type: ignore[no-untyped-call]
        node = super().compose_node(parent, index)
        if node is None or id(node) in self._sizes:
            return node
        if isinstance(event, yaml.AliasEvent):
            raise _refusal(f"alias {event.anchor!r} is a part of itself", event)
        self._sizes[id(node)] = size = 1 + sum(self._sizes[id(each)] for each in _parts(node))
        if size > MOST_NODES:
            raise _refusal(f"over {MOST_NODES:,} values, aliases repeated", node)
        if isinstance(node, yaml.MappingNode):
            _refuse_repeated(node)
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return a mapping of texts to values; `<<` merges other mappings into it."""
        if not isinstance(node, yaml.MappingNode):
            raise _refusal("expected a mapping", node)
        self.flatten_mapping(node)
        return {_key(key): self.construct_object(value, deep) for key, value in node.value}

    def construct_tagged(self, node: yaml.ScalarNode) -> object:
        """Return the value of a word with the tag !!int, !!float, !!bool or !!null."""
        kind, text = node.tag.removeprefix(_YAML), str(self.construct_scalar(node))
        if kind == "null":
            return None
        found = truth(text) if kind == "bool" else number(text)
        if not isinstance(found, _TYPES[kind]):
            raise _refusal(f"{text!r} is not of the type {kind}", node)
        return found


_Loader.yaml_constructors = {
    f"{_YAML}str": _Loader.construct_yaml_str,
    f"{_YAML}seq": _Loader.construct_yaml_seq,
    f"{_YAML}map": _Loader.construct_yaml_map,
    **{f"{_YAML}{kind}": _Loader.construct_tagged for kind in (*_TYPES, "null")},
    _WORD: lambda _, node: word_value(node.value),
    None: _Loader.construct_undefined,
}


def _parts(node: yaml.Node) -> Iterator[yaml.Node]:
    """Yield the nodes of a list, or the keys and values of a mapping."""
    if isinstance(node, yaml.SequenceNode):
        yield from node.value
    elif isinstance(node, yaml.MappingNode):
        yield from itertools.chain.from_iterable(node.value)


def _key(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise _refusal("found unhashable key", node)
    return str(node.value)


def _refuse_repeated(mapping: yaml.MappingNode) -> None:
    seen: set[str] = set()
    for node, _ in mapping.value:
        key = _key(node)
        if key in seen:
            raise _refusal(f"key {key!r} is repeated", node)
        seen.add(key)


def _refusal(problem: str, where: yaml.Node | yaml.Event) -> yaml.MarkedYAMLError:
    mark: Any = where.start_mark
    return yaml.MarkedYAMLError(problem=problem, problem_mark=mark)


def _problem(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    line = f"line {mark.line + 1}: " if mark else ""
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "not valid YAML"
    return f"{line}{problem}. Correct the YAML there."
