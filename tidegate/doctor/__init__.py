"""Examinations behind `tidegate doctor`: each answers with rows that say what was seen and what to do next."""
