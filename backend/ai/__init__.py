"""What the desk reads out of a message: language, mood, subject; never in the way of mail."""
