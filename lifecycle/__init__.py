"""The rules, pure: what a fact changes, and what is due when."""
