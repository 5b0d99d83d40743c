"""The delivery doctor: whether other servers take the mail of the desk's own domains."""
