"""The service over HTTP: REST, the socket, and what a driver does."""
