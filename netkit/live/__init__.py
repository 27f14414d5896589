"""A page that fills while a net learns, and from which the run is paused, stepped and steered."""
