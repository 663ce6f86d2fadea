"""The journal: one SQLite file, its one writer and its many readers."""
