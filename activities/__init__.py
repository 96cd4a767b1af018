"""The edge to the world: records, mail, and the signatures workflows call them by."""
