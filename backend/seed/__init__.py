"""The demo company: an AI API seller and a year of its business, told through the public services."""

from backend.seed.plant import Planted, is_planted, plant

__all__ = ["Planted", "is_planted", "plant"]
