"""Venues to rehearse with."""
