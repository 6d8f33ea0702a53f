"""Pure values and functions: scenarios, cells, the plan, verdicts, events. No I/O."""
