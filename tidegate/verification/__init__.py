"""Whether a journal is what was written, and decides the same again."""
