"""What the command line says in one line: errors that a user can do something about."""


class RunError(RuntimeError):
    """A run that cannot go on; the message says why, and what can be done."""


class StoppedError(RunError):
    """A run that was interrupted."""
