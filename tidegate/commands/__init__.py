"""The commands, by subject: sessions, looking, asking, setting up."""
