"""Shapes of what comes in (strict) and what goes out (for the schema)."""
