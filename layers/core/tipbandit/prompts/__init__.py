"""Prompt versions: their format, the check of their placeholders, and rendering, which reaches the context alone."""
