"""Executor paper; `plugin` has the class."""
