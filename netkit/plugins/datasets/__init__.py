"""The built-in data sets, a file each, and what they are downloaded with."""
