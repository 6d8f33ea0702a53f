"""In-memory agents, to test everything above the runtimes without processes, sockets or threads."""
