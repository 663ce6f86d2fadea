"""The end-of-week audit."""
