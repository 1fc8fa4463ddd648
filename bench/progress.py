"""Progress bars on the terminal's error channel, so that the table stays alone on the other."""

from contextlib import AbstractContextManager
from typing import Any

from tqdm import tqdm


def progress(doing: str, total: float, unit: str = "events") -> "AbstractContextManager[tqdm[Any]]":
    """A bar that is advanced with `bar.update(n)` while the block runs; none where nobody sits at a terminal."""
    return tqdm(
        total=total, desc=doing, unit=f" {unit}", unit_scale=True, leave=False, dynamic_ncols=True, disable=None
    )
