"""Off-policy evaluation: what a policy would have earned, from what another one showed."""
