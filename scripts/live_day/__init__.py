"""A whole live day at both sandboxes."""
