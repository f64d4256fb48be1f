"""What devicecat costs, as ratios to what its ground costs in the same run: ``python -m benchmarks``."""
