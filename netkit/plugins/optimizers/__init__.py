"""The built-in update rules, a file each."""
