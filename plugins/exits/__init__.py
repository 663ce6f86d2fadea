"""Exits: one reason to leave a position per file."""
