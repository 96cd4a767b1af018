"""The first page of whoever has a part: all that they have to do, and what they look after."""
