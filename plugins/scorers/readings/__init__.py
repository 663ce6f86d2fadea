"""Components that read readings."""
