"""Every request, response and logged event, as strict models."""
