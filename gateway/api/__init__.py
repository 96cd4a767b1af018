"""The HTTP API for services: cohorts, engagements, facts, programmes, and the description of it all."""
