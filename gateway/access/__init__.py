"""Who may knock: bearer tokens and API keys, what they allow, and how often."""
