"""The fold: one function for each kind of event that changes the state."""
