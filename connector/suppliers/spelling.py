"""One way of writing a name, whatever its case, accents and punctuation."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from connector.suppliers.vocabulary import JOINING, SAME

#: Letters that Unicode does not take apart.
_PLAIN = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ß": "ss", "ł": "l", "đ": "d", "ð": "d"})
#: How card networks, and people without such keys, write them out.
_WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae"})

_APOSTROPHES = re.compile(r"['\u2019`\u00b4]")
#: `S.p.A.`, `A/S`, `B. V.`, `A & B`: letters by themselves are one word.
_INITIALS = re.compile(r"(?<!\w)\w(?:(?:[./]\s?|\s?&\s?)\w(?!\w))+\.?")
_WORD = re.compile(r"\w+")


def folded(text: str) -> str:
    """The text in small letters without accents."""
    parts = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN))
    return "".join(one for one in parts if not unicodedata.combining(one))


def spellings(text: str) -> tuple[str, ...]:
    """The text as it may be written: `muller`, and `mueller` where there was an `ü`."""
    composed = unicodedata.normalize("NFC", text).casefold()
    plain, written_out = folded(text), folded(composed.translate(_WRITTEN_OUT))
    return (plain,) if plain == written_out else (plain, written_out)


def words(text: str) -> list[str]:
    """The words of a folded text, without those that only join."""
    text = _INITIALS.sub(lambda one: re.sub(r"\W", "", one[0]), _APOSTROPHES.sub("", text))
    return [word for word in _WORD.findall(text.replace("_", " ")) if word not in JOINING]


def in_one_form(name: Iterable[str]) -> tuple[str, ...]:
    """The words, each in one of the ways in which it is written."""
    return tuple(SAME.get(word, word) for word in name)
