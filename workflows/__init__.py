"""Time: thin shells over the rules."""
