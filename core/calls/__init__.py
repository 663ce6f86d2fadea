"""Calls to services: budgets, circuits, and what is tried again."""
