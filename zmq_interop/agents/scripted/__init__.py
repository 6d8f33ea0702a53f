"""Agents in memory, for the tests of everything above the runtimes: no process, no socket, no thread."""
