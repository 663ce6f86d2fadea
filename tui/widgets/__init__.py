"""The widgets that draw toned text."""
