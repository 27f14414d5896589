"""The built-in energies, a file each."""
