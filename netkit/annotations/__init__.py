"""Pictures with boxes, as COCO, Pascal VOC and YOLO have them: read, divided, written."""

from netkit.annotations.annotation import Annotation
from netkit.annotations.folder import AnnotatedFolder, read_annotated

__all__ = ["AnnotatedFolder", "Annotation", "read_annotated"]
