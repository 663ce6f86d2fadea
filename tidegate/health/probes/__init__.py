"""The probes: each capability tried on copies, just now."""
