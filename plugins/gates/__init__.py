"""Gates: one condition on entries per file."""
