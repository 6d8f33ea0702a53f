"""Plays cells on warm instances, many at once, and finds out whose fault it was when an instance is lost."""
