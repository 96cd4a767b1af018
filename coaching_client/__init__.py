"""For programs outside: how to reach the workflows with a Temporal client. Knows the schemas alone."""
