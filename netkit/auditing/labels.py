"""Labels that are wrong, told by answers of nets that have not seen them: confident learning.

Northcutt, Jiang & Chuang 2021, Confident learning: estimating uncertainty in dataset labels.
Arrays are labels (N,), whole numbers, and shares (N, K), how far each class is believed, whose rows
add up to 1.
"""

from typing import NamedTuple

import numpy as np

from netkit.types import Array


class Issues(NamedTuple):
    """What is said of N labels.

    answers: (N,), the likeliest class.  margin: (N,), the share of the given label less that of the
    likeliest other one, -1..1.  suspects: (N,) of bool, those in the joint's off-diagonal.  order:
    (N,), the numbers of all samples, the likeliest errors first.  joint: (K, K), how many samples
    of label i (row) are of class j, an estimate that adds up to N.
    """

    answers: Array
    margin: Array
    suspects: Array
    order: Array
    joint: Array


def as_shares(confidences: Array) -> Array:
    """Return confidences (N, K) of any energy as shares: rows of numbers in 0..1 that add up to 1.

    Where none is above 0, all classes are alike.
    """
    positive = np.maximum(np.asarray(confidences, np.float64), 0)
    total = positive.sum(1, keepdims=True)
    even = np.full(positive.shape, 1 / positive.shape[1])
    return np.divide(positive, total, out=even, where=total > 0)


def thresholds(labels: Array, shares: Array) -> Array:
    """Return t_j, the mean share of class j among the samples that are labelled j: (K,).

    Infinite for a class without samples: nothing is ever believed to be of it.
    """
    count = np.bincount(labels, minlength=shares.shape[1])
    own = shares[np.arange(len(labels)), labels]
    total = np.bincount(labels, weights=own, minlength=shares.shape[1])
    return np.divide(total, count, out=np.full(len(count), np.inf), where=count > 0)


def believed(labels: Array, shares: Array) -> Array:
    """Return the class that each sample is confidently of, (N,); -1 where it is of none.

    It is the likeliest of those classes j whose share is at least t_j.
    """
    above = shares >= thresholds(labels, shares) - 1e-12
    likeliest = np.where(above, shares, -1.0).argmax(1)
    return np.where(above.any(1), likeliest, -1)


def confident_joint(labels: Array, shares: Array) -> Array:
    """Return C (K, K): how many samples of label i are confidently of class j."""
    k = shares.shape[1]
    classes = believed(labels, shares)
    some = classes >= 0
    return np.bincount(labels[some] * k + classes[some], minlength=k * k).reshape(k, k)


def calibrated(joint: Array, labels: Array) -> Array:
    """Return the joint (K, K) as an estimate over all N samples: rows add up to the labels' counts.

    A label of which nothing is confident stands on the diagonal.
    """
    count = np.bincount(labels, minlength=len(joint)).astype(np.float64)
    rows = joint.sum(1, keepdims=True).astype(np.float64)
    shares = np.divide(joint, rows, out=np.eye(len(joint)), where=rows > 0)
    return shares * count[:, None]


def label_issues(labels: Array, shares: Array) -> Issues:
    """Return what is said of labels (N,) by shares (N, K) from nets that have not seen them."""
    own = shares[np.arange(len(labels)), labels]
    others = shares.copy()
    others[np.arange(len(labels)), labels] = -1.0
    margin = own - others.max(1)
    classes = believed(labels, shares)
    suspects = (classes >= 0) & (classes != labels)
    order = np.argsort(margin, kind="stable")
    joint = calibrated(confident_joint(labels, shares), labels)
    return Issues(shares.argmax(1), margin, suspects, order, joint)
