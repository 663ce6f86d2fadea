"""Recordings of what the sources said, made from the journal, which holds it with the times of arrival."""
