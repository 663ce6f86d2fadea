"""The bundled demo session."""
