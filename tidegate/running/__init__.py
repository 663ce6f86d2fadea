"""Runs: in this process or one of its own, PAPER or LIVE, and what watches beside the loop."""
