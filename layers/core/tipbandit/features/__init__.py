"""Context + candidate + profile -> the fixed-length vector x, from one declarative table."""
