"""Where published data sets are downloaded from, and the sum that each file must have."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

FILES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)
MNIST = (  # SHA-256 of each file's uncompressed content
    "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
)
FASHION = (  # MD5 of the compressed files, as the authors publish them
    "md5:8d4fb7e6c68d591d4c3dfef9ec88bf0d",
    "md5:25c81989df183df01b3e8a0aad5dffbe",
    "md5:bef4ecab320f06d8554ea6380940ec79",
    "md5:bb300cfdad3c16e7a12a480ee83cd310",
)
# SHA-256 of files as they are published: KMNIST and SVHN as TorchVision's prototypes name them,
# CIFAR-10 and EMNIST as MLDatasets.jl does.
KMNIST = (
    "sha256:51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
    "sha256:e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
    "sha256:edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
    "sha256:20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
)
CIFAR10 = "sha256:c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"
SVHN_TRAIN = "sha256:435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8"
SVHN_TEST = "sha256:cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b"
EMNIST = "sha256:fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e"


class Remote(NamedTuple):
    """The files of a data set: mirrors that have all of them, and {name: sum}.

    mirrors: addresses that end in a stroke, to which a file's name is added; or the whole address
    of the only file.  A sum is the SHA-256 of a file's uncompressed content, or "sha256:" or "md5:"
    and that of the file itself.
    """

    mirrors: Sequence[str]
    sums: Mapping[str, str]


SETS = {
    "mnist": Remote(
        (
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ),
        dict(zip(FILES, MNIST, strict=True)),
    ),
    "fashion_mnist": Remote(
        (
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        ),
        dict(zip(FILES, FASHION, strict=True)),
    ),
    "kmnist": Remote(
        (
            "https://codh.rois.ac.jp/kmnist/dataset/kmnist/",
            "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
            "https://storage.googleapis.com/s4tf-hosted-binaries/datasets/KMNIST/",
        ),
        dict(zip(FILES, KMNIST, strict=True)),
    ),
    "emnist": Remote(
        (
            "https://biometrics.nist.gov/cs_links/EMNIST/gzip.zip",
            "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/gzip.zip",
        ),
        {"emnist-gzip.zip": EMNIST},
    ),
    "cifar10": Remote(
        (
            "https://www.cs.toronto.edu/~kriz/",
            "https://cave.cs.toronto.edu/kriz/",
            "https://storage.googleapis.com/s4tf-hosted-binaries/datasets/CIFAR10/",
        ),
        {"cifar-10-binary.tar.gz": CIFAR10},
    ),
    "svhn": Remote(
        (
            "http://ufldl.stanford.edu/housenumbers/",
            "https://ufldl.stanford.edu/housenumbers/",
        ),
        {"train_32x32.mat": SVHN_TRAIN, "test_32x32.mat": SVHN_TEST},
    ),
}
