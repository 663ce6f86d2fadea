"""Rehearsals: the engine against the Alpaca sandbox."""
