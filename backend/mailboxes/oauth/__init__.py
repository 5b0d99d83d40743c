"""Signing in to mailboxes at Google and Microsoft: consent, tokens, renewal (RFC 6749)."""
