"""What closed positions teach: attribution, and beliefs per regime."""
