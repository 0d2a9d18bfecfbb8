"""What the service does: one callable a route, over ports."""
