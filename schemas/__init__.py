"""What is said: facts, programmes, inputs and answers. Frozen models without behaviour."""
