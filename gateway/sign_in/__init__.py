"""Signing in with a code that is mailed: who reads, on this browser, for a while."""
