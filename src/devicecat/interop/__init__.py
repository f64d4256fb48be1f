"""Neighbours: one module each. Readers of registers share ``records`` and ``release_files``, and nothing else."""
