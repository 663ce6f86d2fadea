"""Both streams, and the place that an account has on each."""
