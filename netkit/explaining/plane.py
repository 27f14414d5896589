"""Many numbers an image as two, to be drawn as a point: PCA and t-SNE."""

import numpy as np
from threadpoolctl import threadpool_limits

from netkit.errors import NetkitError
from netkit.types import Array


def pca(features: Array, count: int = 2) -> tuple[Array, Array]:
    """Return the first principal components of features (N, D): (N, count), and their shares.

    The shares (count,) are of the whole variance. Pearson 1901, by a singular value decomposition.
    The sign of each is so that its largest coefficient is positive.
    """
    centred = features.astype(np.float64) - features.mean(0, dtype=np.float64)
    _, values, axes = np.linalg.svd(centred, full_matrices=False)
    count = min(count, len(values))
    axes = axes[:count]
    signs = np.sign(axes[np.arange(count), np.abs(axes).argmax(1)])
    axes = axes * np.where(signs == 0, 1, signs)[:, None]
    total = float((values**2).sum())
    return centred @ axes.T, values[:count] ** 2 / max(total, 1e-300)


def tsne(features: Array, seed: int = 0, perplexity: float = 30.0) -> Array:
    """Return features (N, D) as points of a plane (N, 2) whose neighbours stay neighbours.

    t-SNE (van der Maaten & Hinton 2008), of scikit-learn, begun from PCA.  perplexity: about how
    many neighbours count; less where there are few points.  Raises NetkitError without the library.
    """
    try:
        from sklearn.manifold import TSNE
    except ImportError:
        raise NetkitError(
            "plane=tsne: needs scikit-learn: pip install 'netkit[explain]', or plane=pca"
        ) from None
    few = max(1.0, min(perplexity, (len(features) - 1) / 3))
    method = TSNE(2, perplexity=few, init="pca", random_state=seed)
    with threadpool_limits(1):  # threads of its own wait for each other longer than they work
        return np.asarray(method.fit_transform(np.asarray(features, np.float32)), np.float64)
