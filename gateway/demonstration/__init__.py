"""A demonstration, where everything is embedded: be anybody with one press, read their mail, put the clock forward."""
