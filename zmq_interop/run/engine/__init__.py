"""Plays cells on warm instances concurrently, and finds the cause when an instance is lost."""
