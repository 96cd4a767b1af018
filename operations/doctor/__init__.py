"""Is it well? One small check for each thing that the engine needs, with what to do where it is not."""
