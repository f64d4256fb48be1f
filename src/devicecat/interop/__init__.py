"""Neighbours: one module each, never importing one another."""
