"""Where arrays live and the dozen operations whose best form differs from place to place."""
