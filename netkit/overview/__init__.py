"""What is there, said first: a data set in few lines, and what is odd about it."""
