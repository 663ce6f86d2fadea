"""The one door for prices: which of the facts about a symbol's price count, and what the price is, or UNKNOWN."""
