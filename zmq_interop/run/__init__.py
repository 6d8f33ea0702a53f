"""One run: from its options to the last event."""
