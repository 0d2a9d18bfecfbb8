"""Model cards: what a version was made from, what was measured of it, and what is not known; written by a run."""
