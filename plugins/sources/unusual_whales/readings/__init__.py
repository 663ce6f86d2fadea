"""Readings: what is polled beside the alerts."""
