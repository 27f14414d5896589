"""Windows of pictures to train a detector on: cut around objects and beside them, and mined."""
