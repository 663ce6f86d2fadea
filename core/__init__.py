"""The engine: a pure domain, and the shell that feeds it and keeps its journal."""
