"""The machine: folders, programs, packages, locks, streams. Standard library only."""
