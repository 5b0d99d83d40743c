"""Mail accounts, the ledger of everything received, and the outbox of everything sent."""
