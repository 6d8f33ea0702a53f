"""Agents: starting them (`runtimes`), the control channel (`control`), and agents in memory (`scripted`)."""
