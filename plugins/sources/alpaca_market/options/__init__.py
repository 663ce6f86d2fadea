"""What options of the account's book are worth in shares of their underlyings."""
