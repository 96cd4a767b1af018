"""A rehearsal without servers: the rules alone keep the subjects, in seconds."""
