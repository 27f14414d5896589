"""How well boxes that were found match those that are there: COCO's numbers, confusion, F1."""
