"""Keys, names and descriptions: a key is suggested from a name, and all are checked before anything is saved."""

import re
import unicodedata

LONGEST_KEY = 64
LONGEST_NAME = 256
LONGEST_DESCRIPTION = 1024
_KEY = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")


def suggested_key(name: str) -> str:
    """`Output tokens (v2)` becomes `output_tokens_v2`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain)[:LONGEST_KEY].strip("_")


def key_problem(key: str) -> str:
    """What is wrong with a key; empty when nothing is."""
    if not key:
        return "Give it a key: programs use it, and it stays the same when the name changes."
    if len(key) > LONGEST_KEY or not _KEY.fullmatch(key):
        return "A key is made of lower-case letters, digits and single underscores, at most 64."
    return ""


def plain_text(text: str, longest: int) -> str:
    """What somebody typed, cut, and without the one character that no database keeps."""
    return text.replace("\0", "")[:longest]


def name_problem(name: str) -> str:
    """What is wrong with a name; empty when nothing is."""
    if not name.strip():
        return "Give it a name."
    return f"A name has at most {LONGEST_NAME} characters." if len(name) > LONGEST_NAME else ""


def description_problem(description: str) -> str:
    """What is wrong with a description; empty when nothing is."""
    return f"At most {LONGEST_DESCRIPTION:,} characters." if len(description) > LONGEST_DESCRIPTION else ""
