"""Source unusual_whales; `plugin` has the class."""
