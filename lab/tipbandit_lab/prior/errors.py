"""What can be wrong with a prior, or with what one is to be learned from."""


class PriorError(ValueError):
    """A prior that cannot be learned, read or published; the message says why."""
