"""What decisions and rewards cost where they run: from consumed units, billed milliseconds, calls and log bytes."""
