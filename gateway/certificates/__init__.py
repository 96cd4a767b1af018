"""Certificates: their codes, whether they are valid now, and the document itself."""
