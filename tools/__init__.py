"""Programs that make what the project ships; run by hand, never at work."""
