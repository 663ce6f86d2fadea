"""The steps: what follows from each kind of event."""
