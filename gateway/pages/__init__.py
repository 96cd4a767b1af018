"""One tap for people: small pages, reached by a signed link, on which somebody answers what the engine asked."""
