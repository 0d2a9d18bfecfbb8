"""The population prior: what all users of a lake taught, as where a new user starts."""
