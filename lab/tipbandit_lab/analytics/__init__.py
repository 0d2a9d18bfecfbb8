"""Reward analytics: what prompt versions, policies and shadows earned, and how they compare when they compare."""
