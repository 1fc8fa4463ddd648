"""The plan builder: from an empty form to a plan on sale, without code."""
