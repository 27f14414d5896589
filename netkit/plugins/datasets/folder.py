"""A data set of a folder of images for each class."""

from pathlib import Path
from typing import Literal

from netkit.checks import Count, Number, Pair, ShareBelow1, Whole
from netkit.errors import NetkitError
from netkit.files.compiled import compiled
from netkit.files.decoding import Channels
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
        root: str | None = None,
        size: Pair = (32, 32),
        channels: Channels = "auto",
        *,
        fit: Literal["pad", "crop", "stretch"] = "pad",
        fill: Whole = 0,
        val_share: ShareBelow1 = 0.2,
        per_class: Count | None = None,
        balance: bool = False,
        train_size: Count | None = None,
        val_size: Count | None = None,
        seed: Whole = 0,
        bias: Number = 0.0,
        coeff: Number = 0.01,
    ) -> None:
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
        self.fitting = {"fit": fit, "fill": fill, "root": str(Path(root).resolve())}
