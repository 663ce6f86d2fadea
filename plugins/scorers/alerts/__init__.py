"""Components that read the alerts themselves."""
