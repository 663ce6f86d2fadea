"""The desk: a window on the journal, and nothing the engine depends on."""
