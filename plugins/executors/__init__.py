"""Executors: venues."""
