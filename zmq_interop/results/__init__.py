"""What becomes of verdicts: the ledger, the baseline, earlier runs, and reports."""
