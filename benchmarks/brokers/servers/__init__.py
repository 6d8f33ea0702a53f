"""The server of each system: where it comes from, how it is configured, and how it starts."""
