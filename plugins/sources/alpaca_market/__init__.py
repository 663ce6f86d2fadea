"""Source alpaca_market; `plugin` has the class."""
