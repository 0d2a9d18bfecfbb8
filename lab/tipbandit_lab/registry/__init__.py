"""The registry: versions of what may serve, where they came from, and which one does."""
