"""Scorers: one component of the composite score per file."""
