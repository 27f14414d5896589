"""What weights of another task are worth: letters with 20 pictures a class, from scratch or not.

    apt-get install $(python benchmarks/font_letters.py)
    python benchmarks/transfer.py [--seeds 0 1 2] [--keep DIR]   # measure
    python benchmarks/transfer.py --choose                        # how the rate was chosen

The families of fonts are divided at random in three: to draw the letters of the source task, the 20
training pictures of each letter, and the test pictures. No family, and no class of the source task,
is met again. Each seed is another division, other pictures and another net. ETA was chosen by
--choose, which sees the training families alone, a quarter of them apart as its test.
"""

import argparse
import itertools
import random
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from font_letters import families, write_folder

import netkit

NET = "arch=lenet5_modern", "energy=cross_entropy", "optimizer=adamw", "schedule=onecycle"
FOLDER = "data=folder", "data.size=28", "data.channels=1"
TARGET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SOURCE = "0123456789abcdefghijklmnopqrstuvwxyz"  # 36 others
WAYS = "scratch", "digits", "letters"  # what a run begins with
ETA = "eta=3e-3"  # the best for all three
MEASURED = "iterations=10", "iterations=30", "iterations=100"
RATES = "eta=3e-3", "eta=1e-3"
LENGTHS = "iterations=30", "iterations=100", "iterations=200"
LEARNING = "freeze=null", "freeze=[c0]", "freeze=all_but_last", "rate_factors.all_but_last=0.2"


def main() -> None:
    """Measure, or choose the settings."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--target", default=TARGET, help="letters to learn")
    options.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    options.add_argument("--ways", nargs="+", default=list(WAYS), help="some of them only")
    options.add_argument("--keep", help="a folder for pictures and nets, used again if there")
    options.add_argument("--choose", action="store_true", help="try settings on training pictures")
    o = options.parse_args()
    fonts = families()
    results: dict[tuple[str, str], list[float]] = {}
    with tempfile.TemporaryDirectory() as unkept:
        root = Path(o.keep or unkept)
        if o.choose:
            choose(Task(root / "choose", fonts, o.target, seed=0, choosing=True), o.ways)
            return
        for seed in o.seeds:
            task = Task(root / str(seed), fonts, o.target, seed=seed)
            for way, length in itertools.product(o.ways, MEASURED):
                correct = task.correct(way, (ETA, length))
                results.setdefault((way, length), []).append(correct)
                print(f"seed {seed} {way:8} {length:15} {correct:.2f}%", flush=True)
    for (way, length), numbers in results.items():
        spread = statistics.stdev(numbers) if len(numbers) > 1 else 0.0
        print(f"{way:8} {length:15} mean {statistics.mean(numbers):.2f}%, deviation {spread:.2f}")


def choose(task: "Task", ways: list[str]) -> None:
    """Print what each setting gives for each way, the best last."""
    for way in ways:
        tried = []
        for words in tries(way):
            tried.append((task.correct(way, words), words))
            print(f"{way:8} {tried[-1][0]:.2f}% {' '.join(words)}", flush=True)
        print(f"{way:8} best: {' '.join(max(tried)[1])}", flush=True)


def tries(way: str) -> Iterator[tuple[str, ...]]:
    """Yield the settings to try for a way."""
    for eta in RATES:
        for length in LENGTHS:
            for learning in LEARNING[: 1 if way == "scratch" else None]:
                yield eta, length, learning


class Task:
    """The pictures of a seed, and the nets that were trained on other ones before.

    folder: where all of it is kept.  fonts: files by family.  choosing: test on training pictures.
    """

    def __init__(
        self,
        folder: Path,
        fonts: list[list[str]],
        target: str,
        *,
        seed: int,
        choosing: bool = False,
    ) -> None:
        self.folder = folder
        self.seed = seed
        mixed = random.Random(seed).sample(fonts, len(fonts))
        half, three_quarters = len(mixed) // 2, 3 * len(mixed) // 4
        self.source_fonts, ours = mixed[:half], mixed[half:three_quarters]
        test, count = mixed[three_quarters:], (20, 100)
        if choosing:
            cut = 3 * len(ours) // 4
            ours, test, count = ours[:cut], ours[cut:], (15, 100)
        for part, some, number in ("train", ours, count[0]), ("val", test, count[1]):
            if not (folder / "own" / part).exists():
                write_folder(folder / "own" / part, some, target, count=number, seed=seed)

    def correct(self, way: str, words: tuple[str, ...]) -> float:
        """Return the test accuracy in percent, measured once, after training on few pictures."""
        start = () if way == "scratch" else (f"weights={self.source(way)}",)
        root = str(self.folder / "own")
        run = self.train(*NET, *FOLDER, f"root={root}", "no_testing_test=true", *start, *words)
        data = netkit.make("dataset", "folder", root=root, size=28, channels=1)
        answers = run.model.predict(data.val.images)
        right = [data.classes[k] == name for k, name in zip(data.val.labels, answers, strict=True)]
        return 100 * sum(right) / len(right)

    def source(self, way: str) -> str:
        """Return the folder of a run on the digits that netkit carries, or on other letters."""
        run = self.folder / way
        if not (run / "last.safetensors").exists():
            words = ("train_size=9000", "iterations=10", "eta=3e-3")
            if way == "letters":
                root = self.folder / "source"
                write_folder(root, self.source_fonts, SOURCE, count=300, seed=self.seed)
                words = (*FOLDER, f"root={root}", "iterations=15", "eta=3e-3")
            row = self.train(*NET, *words, folder=run).rows[-1]
            print(f"source {way}: {row['test_correct']:.2f}% of its own", flush=True)
        return str(run)

    def train(self, *words: str, folder: Path | None = None) -> "netkit.Run":
        """Train as `netkit train` does with the same words."""
        folder = folder or Path(tempfile.mkdtemp(dir=self.folder))
        return netkit.train(*words, f"seed={self.seed}", "report=false", folder=folder)


if __name__ == "__main__":
    main()
