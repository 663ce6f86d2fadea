"""The calls of a day, shared out."""
