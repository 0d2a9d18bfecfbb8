"""The faithful runner: a cohort through the service's real HTTP API, by the reference caller."""
