"""Reports: each is made only from the events of a run, live or from its log."""
