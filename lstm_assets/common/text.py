"""Text that people read: one line of it, and the spelling that was likely meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def one_line(text: object) -> str:
    r"""Return a text as one line: what cannot be printed is a space, and no two spaces follow.

    >>> one_line("two\n lines")
    'two lines'
    """
    printable = "".join(c if c.isprintable() else " " for c in str(text))
    return " ".join(printable.split())


def close_words(
    word: object, allowed: Iterable[object], most: int = 1, cutoff: float = 0.6
) -> list[str]:
    """Return the allowed words that are spelled like a word, the closest first.

    Args:
        word: as given; what is no text is like no word.
        allowed: words, or keys of any type, of which only texts count.
        most: how many words to return at most.
        cutoff: how alike they have to be, 0 to 1; see difflib.get_close_matches.
    """
    words = [each for each in allowed if isinstance(each, str)]
    return difflib.get_close_matches(word, words, most, cutoff) if isinstance(word, str) else []


def did_you_mean(word: object, allowed: Iterable[object]) -> str:
    """Return ` Did you mean ...?` if an allowed word is spelled like a word, else nothing.

    >>> did_you_mean("epochs", ["epoch", "batch_size"])
    ' Did you mean `epoch`?'
    """
    close = close_words(word, allowed)
    return f" Did you mean `{close[0]}`?" if close else ""
