"""What commands print about mails; no Django."""
