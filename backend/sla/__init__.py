"""Business time: calendars, targets and the clock that explains every deadline."""
