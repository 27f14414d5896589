"""netkit play: a page to draw on, answered by a trained net."""
