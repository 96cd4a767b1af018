"""What can be asked of the engine, whichever door it comes by."""
