"""Messages between a member and the fund: threads with a subject, a delay promised, and a state."""
