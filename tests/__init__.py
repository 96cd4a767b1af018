"""A package proper: an installed one that is called tests too would hide folders without this file."""
