"""Annotated images of your own, for netkit evaluate."""

from netkit.detection.annotations import read_annotations
from netkit.files.images import read_image
from netkit.plugins.scenes.digit_scenes import Scene


class Annotated:
    """Images with the boxes of what is in them: COCO JSON, Pascal VOC XML or YOLO txt, told apart
    by what is there.

    root: a folder, or a COCO file.  channels: 1 grey, 3 colour. Images are read when they are
    looked at.
    """

    def __init__(self, root, channels=1):
        self.rows, self.classes, self.channels = *read_annotations(root), channels

    def __len__(self):
        return len(self.rows)

    def __iter__(self):
        return (self.scene(k) for k in range(len(self.rows)))

    def scene(self, number):
        """Return one Scene."""
        row = self.rows[number]
        return Scene(row.path.name, read_image(row.path, self.channels), row.boxes, row.labels)
