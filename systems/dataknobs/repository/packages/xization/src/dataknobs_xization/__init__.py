"""Normalization and tokenization of text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Token", "normalize", "tokenize"]

_WORD = re.compile(r"\w+(?:['’-]\w+)*")


@dataclass(frozen=True)
class Token:
    """A word, and where it stands in the text."""

    text: str
    start: int
    end: int


def normalize(text: str) -> str:
    """Fold case and accents away, and runs of blanks to one."""
    decomposed = unicodedata.normalize("NFKD", text)
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(plain.casefold().split())


def tokenize(text: str) -> Iterator[Token]:
    """Yield the words in order, with apostrophes and hyphens inside them."""
    for match in _WORD.finditer(text):
        yield Token(match.group(), match.start(), match.end())
