"""What the account is exposed to, part by part."""
