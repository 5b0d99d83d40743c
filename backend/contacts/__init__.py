"""People who write: contacts, their addresses and companies."""
