"""Mail as bytes: reading, writing, fetching and sending it. Knows no ticket and no Django."""
