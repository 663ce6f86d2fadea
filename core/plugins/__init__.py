"""Plugins: their bases, their hooks, and the host that finds and builds them."""
