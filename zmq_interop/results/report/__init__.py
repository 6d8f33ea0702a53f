"""Reports: each takes the events of a run, live or from its log, and nothing else."""
