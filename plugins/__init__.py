"""Built-in plugins; each comes through the same door as a third party's."""
