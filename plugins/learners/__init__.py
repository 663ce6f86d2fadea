"""Learners: from outcomes to multipliers."""
