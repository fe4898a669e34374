"""The feature server: HTTP reads and pushes, subscriptions, metrics."""
