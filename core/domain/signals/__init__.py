"""From alerts to an order: clusters, scores, verdicts, sizes, and the queue."""
