"""What scorers say of texts, and what else shows a mood."""
