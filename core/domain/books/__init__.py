"""Our book and the broker's: what differs, what is on its way, what must go first."""
