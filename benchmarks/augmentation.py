"""What augmentation costs of a training step: python benchmarks/augmentation.py [arch=resnet8 ...]

A ResNet-8 of 16, 32 and 64 maps over 32x32x3 images of random bytes, batch 64. The layers of
augmentation are run between the steps of a net without them, on the images of a step; the medians
are of processor time, of all cores together, so that what else a machine does counts little.
"""

import statistics
import sys
import time

import numpy as np

from netkit.build.augment import augmented
from netkit.build.parts import make_net
from netkit.config.compose import compose
from netkit.passes import Shards
from netkit.registry import Registry
from netkit.worker import Worker

BATCH, ROUNDS = 64, 20
PARTS = {
    "flip": ["augment.flip=true"],
    "shift": ["augment.shift=4"],
    "shift, reflect": ["augment.shift=4", "augment.fill=reflect"],
    "cutout": ["augment.cutout=8"],
    "brightness to hue": [
        *("augment.brightness=0.2", "augment.contrast=0.2"),
        *("augment.saturation=0.2", "augment.hue=0.02"),
    ],
    "blur": ["augment.blur=1"],
    "noise": ["augment.noise=0.05"],
    "mixup": ["augment.mixup=0.2"],
    "jitter": ["augment.jitter=true"],
    "photos": ["augment=photos"],
    "photos, mixup": ["augment=photos", "augment.mixup=0.2"],
}


def main() -> None:
    words = sys.argv[1:] or ["arch=resnet8"]
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (BATCH, 3, 32, 32), dtype=np.uint8)
    labels = rng.integers(0, 10, BATCH)
    step = step_of(words, images, labels)
    layers = {name: layers_of([*words, *part], images) for name, part in PARTS.items()}
    seconds: dict[str, list[float]] = {name: [] for name in ("", *PARTS)}
    for _ in range(ROUNDS):
        for name, run in layers.items():
            seconds[""].append(timed(step))  # and the images have left the cache
            seconds[name].append(timed(run))
    plain = statistics.median(seconds[""])
    print(f"{' '.join(words)}, batch {BATCH}: a step takes {1e3 * plain:.1f} ms of all cores")
    for name in PARTS:
        extra = statistics.median(seconds[name])
        print(f"{name:18} {1e3 * extra:6.2f} ms {100 * extra / plain:5.1f} %")


def net_of(words, images):
    """Return the net of a configuration, and its energy."""
    registry, cfg = Registry(), compose("train", ["energy=cross_entropy", *words])
    ops = registry.make("backend", cfg["backend"])
    cfg = augmented(cfg, images)
    net = make_net(registry, cfg, images.shape[1:], classes=10, ops=ops, bias=-128, coeff=1 / 64)
    return net, registry.make("energy", cfg["energy"]).bind(ops, net, 10)


def step_of(words, images, labels):
    """Return a function that takes one step's gradient of what a configuration describes."""
    net, energy = net_of(words, images)
    shards, batch = Shards(net), net.ops.samples(images, labels)

    def step():
        with net.ops.limits():
            shards.gradient(*batch, energy)

    return step


def layers_of(words, images):
    """Return a function that runs the layers before the arch over a batch, in one thread."""
    net, _ = net_of(words, images)
    worker, layer = Worker(net, first=True), net.layers["augment"]
    worker.training = True
    batch = net.ops.samples(images, np.zeros(len(images)))[0]
    x = worker.to_input(batch).copy()

    def run():
        worker.to_input(batch)
        layer.forward(x, worker.contexts[0])

    return run


def timed(work):
    """Return the seconds of processor time that work() takes."""
    began = time.process_time()
    work()
    return time.process_time() - began


if __name__ == "__main__":
    main()
