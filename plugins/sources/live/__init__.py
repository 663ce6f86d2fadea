"""What live sources share."""
