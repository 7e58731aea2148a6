"""Text that people read: text as one line, and suggestions for a misspelled word."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def one_line(text: object) -> str:
    r"""Return a text as one line.

    A character that cannot be printed becomes a space, and several spaces become one.

    >>> one_line("two\n lines")
    'two lines'
    """
    line = str(text)
    if not line.isprintable():
        line = "".join(c if c.isprintable() else " " for c in line)
    return " ".join(line.split())


def close_words(
    word: object, allowed: Iterable[object], most: int = 1, cutoff: float = 0.6
) -> list[str]:
    """Return the allowed words with a spelling close to a word in any case, the closest first.

    Args:
        word: as given; a word that is not a text has no close words.
        allowed: words, or keys of any type; only texts are compared.
        most: largest number of words to return.
        cutoff: smallest similarity, 0 to 1; see difflib.get_close_matches.
    """
    if not isinstance(word, str):
        return []
    words = {each.casefold(): each for each in reversed([*allowed]) if isinstance(each, str)}
    return [words[each] for each in difflib.get_close_matches(word.casefold(), words, most, cutoff)]


def did_you_mean(word: object, allowed: Iterable[object]) -> str:
    """Return ` Did you mean ...?` if an allowed word has a close spelling, else an empty text.

    >>> did_you_mean("epochs", ["epoch", "batch_size"])
    ' Did you mean `epoch`?'
    """
    close = close_words(word, allowed)
    return f" Did you mean `{close[0]}`?" if close else ""
