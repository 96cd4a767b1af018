"""The doors: HTTP, events and pages, in a process of their own that keeps nothing."""
