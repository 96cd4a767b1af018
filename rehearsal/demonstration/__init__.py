"""An academy to look at: its past ends today, and everything that can become of a team is there."""
