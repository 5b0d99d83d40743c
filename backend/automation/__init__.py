"""Rules, macros, webhooks and notifications."""
