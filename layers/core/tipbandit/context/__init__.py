"""Signals -> what a prompt may say: cleaned, ranked, cut to a budget, with the user's texts marked as data."""
