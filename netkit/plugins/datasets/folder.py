"""A data set of a folder of images for each class."""

from netkit.errors import NetkitError
from netkit.files.compiled import compiled
from netkit.files.folders import FolderSettings
from netkit.plugins.datasets.downloads import folder_of
from netkit.plugins.datasets.files import Files


class Folder(Files):
    """Images in class folders: root/CLASS/*.png; or root/train/CLASS/ and root/val/CLASS/.

    They are brought to one size once and kept in the user's cache, memory-mapped from then on; a
    change in the folder makes the set anew. size, channels, fit, fill, val_share, per_class,
    balance: as in `FolderSettings`.
    """

    def __init__(
        self,
        root=None,
        size=32,
        channels=1,
        fit="pad",
        fill=0,
        val_share=0.2,
        per_class=None,
        balance=False,
        train_size=None,
        val_size=None,
        seed=0,
        bias=0.0,
        coeff=0.01,
    ):
        if not root:
            raise NetkitError(
                "root=null: name the folder that holds a folder of images for each class, root=DIR"
            )
        settings = FolderSettings(
            size=size,
            channels=channels,
            fit=fit,
            fill=fill,
            val_share=val_share,
            per_class=per_class,
            balance=balance,
            seed=seed,
        )
        folder = compiled(root, settings, folder_of("folders"))
        super().__init__(folder, train_size=train_size, val_size=val_size, bias=bias, coeff=coeff)
