"""Pictures with boxes, as COCO, Pascal VOC and YOLO have them: read, divided, written."""

from netkit.annotations.folder import AnnotatedFolder, read_annotated
from netkit.annotations.reading import Annotation

__all__ = ["AnnotatedFolder", "Annotation", "read_annotated"]
