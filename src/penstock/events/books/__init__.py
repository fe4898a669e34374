"""Books built from orders, and from price levels' new sizes."""
