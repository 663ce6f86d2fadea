"""The venue over HTTP and websocket."""
