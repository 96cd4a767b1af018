"""Events out: who is sent them, and their way there."""
