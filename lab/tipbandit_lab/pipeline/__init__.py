"""From a lake to a registered version: each step a plain function, kept under what it was made from."""
