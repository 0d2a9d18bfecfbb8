"""What can be wrong with a lake."""


class LakeError(ValueError):
    """A lake that cannot be read or filled; the message says why, and what can be done."""
