"""How each system is spoken to: a sender and a receiver, in as few lines as its library allows. Their lines are counted
(`benchmarks/brokers/lines.py`), so each module has what its system needs and nothing else."""
