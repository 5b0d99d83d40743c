"""Tickets: the story of one mail, the verbs agents use, and what the screens read."""
