"""What the engine costs, mostly as ratios to the least that could do the same, measured within one run."""
