"""Sources: where alerts, quotes, bars and readings come from."""
