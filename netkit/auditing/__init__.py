"""What is odd in data and nets: wrong labels, near duplicates, hard samples, dead units."""
