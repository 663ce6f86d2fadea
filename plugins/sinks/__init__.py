"""Sinks: whoever wants to hear of committed events."""
