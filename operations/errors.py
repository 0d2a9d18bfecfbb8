"""The one error that every verb of the command ends with."""


class OperationsError(Exception):
    """The command ends here; the message is one line for the person who gave it."""
