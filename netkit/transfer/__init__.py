"""What a new net takes of a trained one, and which of its layers learn, and how fast."""
