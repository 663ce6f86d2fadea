"""The Learner screen."""
