"""Training: the loop over iterations, what it shows, what it tests, and what it saves."""
