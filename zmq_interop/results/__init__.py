"""What uses verdicts: the ledger, the baseline, earlier runs, and reports."""
