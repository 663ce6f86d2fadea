"""Venues to rehearse with: real servers on the loopback, ours from end to end."""
