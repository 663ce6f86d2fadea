"""What screens show, as toned text: pure functions, testable without a terminal."""
