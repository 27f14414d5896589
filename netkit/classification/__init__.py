"""One answer an image: images fitted as in training, answered in batches, measured and written."""
