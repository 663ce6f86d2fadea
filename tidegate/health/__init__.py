"""The final health report."""
