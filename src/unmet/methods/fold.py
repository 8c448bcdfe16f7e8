"""One spelling for every way of writing the same word, so that words can be compared.

People write the same item, place or header with other letters: with or without accents,
with the Persian or the Arabic form of a letter, with digits of their own script, with a
hyphen or a space. `fold` removes what does not part two words from each other.
The result is a key for look-ups; it is never shown to anybody.
"""

import unicodedata
from typing import Final

# Letters that Unicode does not take apart into a base letter and a mark.
_LETTERS: Final = {
    "ی": "ي",  # Persian yeh
    "ى": "ي",  # alef maksura, often typed for a final yeh
    "ې": "ي",
    "ے": "ي",
    "ک": "ك",  # Persian kaf
    "ہ": "ه",
    "ھ": "ه",
    "ە": "ه",
    "ة": "ه",  # teh marbuta, often typed without its dots
    "ٱ": "ا",
    "ـ": "",  # tatweel only stretches a word
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "æ": "ae",
    "œ": "oe",
    "ı": "i",
}
_KNOWN: dict[str, str] = {}


def fold(text: str) -> str:
    """The folded form of `text`: lower-case letters and ASCII digits, parted by single spaces.

    Compatibility forms, case, accents, vowel marks, tatweel and invisible characters do not
    count; Arabic letters that are typed for one another become one; digits of every script
    become ASCII; punctuation, symbols and white space become one space.

    >>> fold("  Oxygène,\\u00a010 L/min ")
    'oxygene 10 l min'
    >>> fold("أقنعةٌ طبيّــة ١٢") == fold("اقنعه طبيه 12")
    True
    """
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    known = _KNOWN
    # Each character has one answer for good, and people use few hundred of them.
    folded = "".join([known[char] if char in known else _fold_character(char) for char in plain])
    return unicodedata.normalize("NFC", " ".join(folded.split()))


def _fold_character(char: str) -> str:
    """What one decomposed character becomes; remembered, as long as the memory stays small."""
    kind = unicodedata.category(char)
    if char in _LETTERS:
        folded = _LETTERS[char]
    elif kind == "Nd":
        folded = str(unicodedata.decimal(char))
    elif kind in ("Mn", "Me", "Cf", "Lm"):
        folded = ""  # accents, vowel marks, joiners, direction marks, modifier apostrophes
    elif kind[0] in "LNM":
        folded = char
    else:
        folded = " "
    if len(_KNOWN) < 20_000:
        _KNOWN[char] = folded
    return folded
