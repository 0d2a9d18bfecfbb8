"""The laboratory: simulated users, players, paired runs and the promotion gate."""
