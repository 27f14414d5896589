"""Files in and out: matrices of the idx family, images."""
