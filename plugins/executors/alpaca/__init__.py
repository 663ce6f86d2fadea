"""Executor alpaca; `plugin` has the class."""
