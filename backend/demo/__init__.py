"""The demo room: sample tickets and the customer's postbox, through real IMAP and SMTP."""
