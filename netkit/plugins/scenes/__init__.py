"""The built-in scenes, a file each: images with boxes, for netkit evaluate."""
