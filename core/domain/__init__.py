"""The domain: values, events, and the pure functions that decide.

Nothing here reads a clock, a file, a socket or a random number. Imports: the standard library and msgspec.
"""
