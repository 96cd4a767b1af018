"""Charts the NHS way: what a series of numbers says by the rules of statistics. Numbers in, limits and signals out."""
