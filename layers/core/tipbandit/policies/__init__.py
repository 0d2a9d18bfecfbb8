"""One ridge regression per user, with different exploration: state, update, scores, propensities, registry."""
