"""Configuration: layers of TOML, each mistake with its file, line and key."""
