"""What the functions run in: settings, HTTP in and out, logging and metrics."""
