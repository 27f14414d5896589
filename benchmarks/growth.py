"""How time and memory grow: python benchmarks/growth.py draws docs/growth.png (--quick: a small
one, here).

LeNet-5 (without jitter and contrast normalisation, batch 64) over more samples, a million of them
from a memory map; the detector over larger images; batches; layers; cores. About three minutes on
two cores.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from netkit.backends.native.native import best
from netkit.backends.numpy import cores
from netkit.bench.measure import batch_of
from netkit.bench.work import Netkit
from netkit.build.parts import make_net
from netkit.config.compose import compose
from netkit.dataset import Dataset, Samples
from netkit.detection.tiles import outputs
from netkit.passes import Shards
from netkit.plugins.energies.l2 import L2
from netkit.registry import Registry
from netkit.training.trainer import Trainer
from netkit.worker import Worker

REGISTRY = Registry()
PICTURE = Path(__file__).parent.parent / "docs" / "growth.png"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--quick", action="store_true", help="small sizes, the picture in the present folder"
    )
    quick = parser.parse_args().quick
    figure = Figure(figsize=(12, 6.4), dpi=100, layout="constrained")
    axes = figure.subplots(2, 3).ravel()
    counts = [2000, 4000] if quick else [2000, 10_000, 60_000, 250_000, 1_000_000]
    seconds, memory = zip(*(over_samples(n) for n in counts), strict=True)
    draw(axes[0], "an iteration over n samples", "samples", counts, seconds, "seconds")
    draw(
        axes[1],
        "memory of that, beside the mapped file",
        "samples",
        counts,
        memory,
        "MB",
        level=True,
    )
    sizes = [64, 128] if quick else [64, 128, 256, 512, 1024, 2048]
    draw(
        axes[2],
        "the detector over an image",
        "pixels a side",
        sizes,
        [over_image(s) for s in sizes],
        "ms",
    )
    batches = [1, 16] if quick else [1, 4, 16, 64, 256, 1024]
    draw(
        axes[3],
        "training by batch size",
        "samples a batch",
        batches,
        [by_batch(b) for b in batches],
        "samples/s",
        level=True,
    )
    depths = [1, 2] if quick else [1, 2, 4, 8, 16, 32]
    draw(
        axes[4],
        "layers of 16 maps, 3x3, 28x28",
        "layers",
        depths,
        [by_depth(d) for d in depths],
        "ms a batch of 32",
    )
    threads = sorted({1, 2, *range(2, cores() + 1, 2)} if cores() > 1 else {1})
    draw(
        axes[5],
        "training by cores, batch 256",
        "threads",
        threads,
        [by_batch(256, t) for t in threads],
        "samples/s",
        level=True,
    )
    figure.suptitle(f"{best().about}, float32", x=0.01, ha="left", fontsize=11)
    path = Path("growth.png") if quick else PICTURE
    figure.savefig(path)
    print(path)


def draw(axes, title, xlabel, x, y, ylabel, level=False):
    """Draw y over x, both in logarithms, with the line of proportional growth; level: y from zero
    instead.
    """
    axes.plot(x, y, "o-", color="#2454be", markersize=4)
    axes.set_xscale("log")
    if level:
        axes.set_ylim(0, 1.25 * max(y))
    else:
        axes.set_yscale("log")
    axes.set_title(title, loc="left", fontsize=10)
    axes.set_xlabel(xlabel, fontsize=9)
    axes.set_ylabel(ylabel, fontsize=9)
    axes.grid(color="#d6dae2", linewidth=0.6)
    print(
        f"{title}: "
        + ", ".join(f"{a:,}: {b:.3g}" for a, b in zip(x, y, strict=True))
        + f" {ylabel}",
        flush=True,
    )


def over_samples(n):
    """Return the seconds of an iteration over n images that a file holds, and the megabytes that
    are not the file's.
    """
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        images = np.lib.format.open_memmap(f"{folder}/images.npy", "w+", np.uint8, (n, 1, 28, 28))
        for at in range(0, n, 10_000):
            images[at : at + 10_000] = rng.integers(
                0, 256, images[at : at + 10_000].shape, np.uint8
            )
        images.flush()
        mapped = np.load(f"{folder}/images.npy", mmap_mode="r")
        side = Netkit("lenet5", "auto")
        data = Dataset(
            Samples(mapped, rng.integers(0, 10, n)),
            Samples(mapped[:100], np.zeros(100, int)),
            "0123456789",
        )
        peak, settings = Peak(), {"folder": Path(folder), "iterations": 1, "batch_size": 64}
        trainer = Trainer(side.net, data, side.energy, optimizer=side.sgd, **settings)
        trainer.show = {"memory": peak}
        trainer.run()
        return trainer.seconds, peak.most / 1024


class Peak:
    """A visualizer that looks at the process's own memory now and then."""

    most = 0

    def start(self, trainer):
        self.iteration(trainer)

    def step(self, trainer):
        if trainer.step % 50 == 0:
            self.iteration(trainer)

    def iteration(self, trainer):
        try:
            lines = Path("/proc/self/status").read_text().splitlines()
        except OSError:
            return  # only Linux tells
        self.most = max(
            self.most, *(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))
        )

    def end(self, trainer):
        pass


def over_image(side):
    cfg, ops = compose("train", ["arch=detector"]), best()
    net = make_net(REGISTRY, cfg, (1, 28, 28), classes=11, ops=ops, coeff=0.01)
    worker, image = Worker(net, first=False), np.zeros((1, side, side), np.uint8)
    with ops.limits():
        return 1000 * median(
            lambda: outputs(net, lambda part: worker.outputs(part[None]).copy(), image)
        )


def by_batch(batch, threads=None):
    side, data = Netkit("lenet5", "auto", threads), batch_of(batch)
    with side.ops.limits():
        return batch / median(lambda: side.step(*data), 50)


def by_depth(depth):
    layers = {f"c{k}": {"type": "conv", "out": 16, "kernel": 3, "pad": 1} for k in range(depth)}
    layers |= {"f": {"type": "linear", "out": "noutputs"}}
    cfg, ops = compose("train"), best()
    cfg |= {"arch": {"layers": layers}}
    net = make_net(REGISTRY, cfg, (1, 28, 28), classes=10, ops=ops, coeff=0.01)
    shards, energy = Shards(net), L2().bind(ops, net, 10)
    images, labels = np.zeros((32, 1, 28, 28), np.uint8), np.zeros(32, int)
    with ops.limits():
        return 1000 * median(lambda: shards.gradient(images, labels, energy), 10)


def median(call, times=5):
    """Return the median of the seconds of some calls, after a first one."""
    call()
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


if __name__ == "__main__":
    main()
