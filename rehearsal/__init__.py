"""Two years lived in two minutes on virtual clocks."""
