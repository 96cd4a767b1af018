"""CloudEvents: what other services tell, kept and taken in; and the catalogue of every type."""
