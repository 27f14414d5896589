"""Mistakes as users make them: each answered by one line with the thing, the value, the remedy."""

import re

import pytest
import yaml
from click.testing import CliRunner

from netkit.cli import main
from netkit.commands.train import train
from netkit.config.compose import compose
from netkit.config.words import with_whole_numbers
from netkit.errors import NetkitError
from netkit.words.forms import refuse_odd_forms
from netkit.words.groups import choices_of, defaults_of, settled_choice
from netkit.words.synonyms import CHOICES, REMARKS, VARIABLES, answer_to

FORMS = [  # said before anything is composed
    ("train", ["arch", "=", "lenet5"], "arch = lenet5: no spaces around =: write arch=lenet5"),
    ("train", ["=3"], "=3: a name is missing before it: write NAME=3"),
    ("train", ["lenet5"], "lenet5: is no setting: write arch=lenet5"),
    ("train", ["lenet"], "lenet: is no setting: write arch=lenet5"),
    ("train", ["mine.yaml"], "mine.yaml: is no setting: write arch=mine.yaml"),
    ("train", ["net.npz"], "net.npz: is no setting: write weights=net.npz"),
    ("train", ["epochs"], "epochs: is no setting: write iterations=VALUE"),
    ("train", ["xyzzy"], "xyzzy: is no setting: write NAME=VALUE; netkit train --help lists the"),
    ("detect", ["photo.png"], "photo.png: is no setting: write input=photo.png"),
    ("classify", ["photo.JPG"], "photo.JPG: is no setting: write input=photo.JPG"),
    ("train", ["--epochs", "3"], "--epochs: netkit train has no such flag: settings are words wi"),
    ("train", ["--epochs=3"], "write iterations=3"),
    ("train", ["--learning-rate", "0.1"], "write eta=0.1"),
    ("detect", ["--input", "x.png"], "write input=x.png"),
    ("detect", ["--conf", "0.5"], "write threshold=0.5"),
    ("play", ["--port", "3"], "write port=3"),
    ("train", ["--quiet"], "write quiet=VALUE"),
    (
        "train",
        ["--help-all"],
        "--help-all: write netkit train --help, or netkit train --help GR",
    ),
    ("train", ["--debug"], "--debug: stands before the command: netkit --debug train"),
    ("train", ["--cfg"], "--cfg: write --cfg job; there are job, hydra, all"),
    ("train", ["--cfg", "nojob"], "--cfg nojob: write --cfg job; there are job, hydra, all"),
    ("train", ["--config-name"], "--config-name: write --config-name DIR"),
]

COMPOSED = [
    ("train lr=0.01", "lr: in netkit it is eta: write eta=0.01"),
    ("train loss=mse", "loss: in netkit it is energy: write energy=l2"),
    ("train dropout=0.5", "dropout: is a layer in netkit: '+arch.layers.drop={type: dropout"),
    ("train +lr=0.5", "+lr=0.5: nothing takes lr: in netkit it is eta: write eta=0.5"),
    ("train +nonsense=1", "+nonsense=1: nothing takes nonsense"),
    ("train +arch.lr=1", "+arch.lr=1: arch takes no lr: layers and name"),
    ("train itertions=3", "itertions: there is no such variable: did you mean iterations?"),
    ("train arch.layers.c0.kernal=5", "did you mean arch.layers.c0.kernel?"),
    (
        "train arch.layers.c0.dilation=2",
        "what else conv takes is added by +arch.layers.c0.dilation=VALUE",
    ),
    ("train arch.layers.c99.out=8", "c99.out: there is no such variable: in arch.layers there are"),
    ("train ~arch.layers.c99", "~arch.layers.c99: there is no arch.layers.c99 to take away: in ar"),
    (
        "train input=photo.png",
        "there is no such variable: it is for netkit classify and netkit d",
    ),
    ("train arch=lenet", "arch=lenet: there is no such arch: did you mean lenet5?"),
    ("train arch=nosuch", "arch=nosuch: there is no such arch: there are "),
    ("train optimizer=Adam", "optimizer=Adam: there is no such optimizer: did you mean adam?"),
    ("train energy=crossentropy", "energy=crossentropy: in netkit it is energy=cross_entropy"),
    ("train data=coco", "data=coco: in netkit it is data=boxes"),
    ("train arch=null", "arch=null: arch is a choice by name: there are "),
    ("train augment=true", "augment=true: augment is a choice by name: did you mean photos?"),
    ("train arch=lenet5,mlp", "arch=lenet5,mlp: several values: write --multirun for a run with e"),
    ("train arch=./no.yaml", "arch=./no.yaml: there is no such file; of netkit's own, there are "),
    ("train arch@x=lenet5", "arch@x: a group is chosen by its name alone: write arch=CHOICE"),
    ("train eta=1,", "eta=1,: a value is missing at a comma"),
    ("train arch.layers.c0={", "arch.layers.c0={: { is never closed: end it with }"),
    ("train data.root='x", "data.root='x: a quote is never closed"),
    ("train seed=${nothing}", "${nothing}: there is no variable nothing to take the value of: "),
    ("train seed=${oc.env:NK_NOPE}", "${oc.env:NK_NOPE}: the environment has no variable NK_NOPE:"),
    (
        "train seed=${eta.x}",
        "seed: its ${...} cannot be replaced by a value: write the value, or ${N",
    ),
    (
        "train seed=${nosuch:3}",
        "seed: its ${...} cannot be replaced by a value: write the value, or ${N",
    ),
    (
        "train seed=${seed}",
        "seed: its ${...} cannot be replaced by a value: write the value, or ${N",
    ),
    ("train seed@x=3", "seed: no choice of a part, and @ is for those: write seed=3"),
    ("train ~seed=77", "~seed=77: its value is 0: write ~seed to take it away"),
    (
        "train hydra.mode=BAD",
        "hydra.mode=BAD: no such value can stand there: netkit train --help l",
    ),
    ("train hydra.foo=1", "hydra.foo: there is no such variable: netkit train --help lists all"),
    ("train hydra/launcher=nosuch", "no such launcher here: pip install 'netkit[sweep]'"),
    ("train scenes.count=3", "scenes: images with boxes are for netkit evaluate, not for netkit t"),
    ("classify scenes=digit_scenes", "are for netkit evaluate, not for netkit classify"),
    ("train data=digit_scenes", "for netkit evaluate; netkit train takes data=boxes, cifar10, "),
    ("train data=annotated", "data=boxes trains on pictures with boxes"),
    ("audit data=digit_scenes", "data=digit_scenes: these are scenes with boxes, for netkit evalu"),
    (
        "evaluate scenes=mnist",
        "scenes=mnist: has no boxes: data=mnist measures a classifier; there",
    ),
    ("evaluate scenes=nothing", "no such scenes: there are annotated, digit_scenes"),
    ("train show_train=maybe", "show_train=maybe: give true or false"),
    ("detect source=photo.png", "source: in netkit it is input: write input=photo.png"),
    ("detect conf=0.5", "conf: in netkit it is threshold: write threshold=0.5"),
    ("detect wieghts=RUN", "wieghts: there is no such variable: did you mean weights?"),
]

OTHERS = [  # of click's own commands, and of what the parts say
    ("trian", "netkit: trian: there is no such command: did you mean netkit train?"),
    ("nothing", "netkit: nothing: there is no such command: there are audit, bench, "),
    ("data cifar99", "netkit: cifar99: there is no such command: did you mean netkit data cif"),
    ("report", "netkit: FOLDER is missing: write netkit report [OPTIONS] FOLDER"),
    ("convert RUN", "netkit: TARGET is missing: write netkit convert [OPTIONS] SOURCE TARGET"),
    ("--notaflag", "netkit: no such option '--notaflag': write netkit [OPTIONS] COMMAND [ARGS]..."),
    (
        "summary +arch.layers.x={type: batchnrm}",
        "x: layer 'batchnrm' is not known: did you mean b",
    ),
    ("summary optimizer=Adam", "did you mean adam?"),
    ("detect weights=latest", "weights=latest: no run under "),
    ("train optimizer.lr=0.5", "optimizer 'adam' takes no lr: it takes eta=0.001, beta1=0.9"),
    ("train optimizer.beta=0.5", "optimizer 'adam' takes no beta: did you mean beta"),
    ("train root=/nowhere", "root=/nowhere: there is no such folder: correct the path"),
    (
        "train weights=nofile",
        "weights nofile: there is no such file: name the folder of a run or",
    ),
]


@pytest.fixture(autouse=True)
def empty(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def one_line(text):
    """A line of netkit's own words, without a trace of the libraries below it."""
    assert "\n" not in text.strip()
    assert not re.search(r"(?i)hydra\.cc|omegaconf|traceback|override|\[--", text)
    return text


@pytest.mark.parametrize(("command", "words", "said"), FORMS)
def test_odd_forms(command, words, said):
    with pytest.raises(NetkitError) as caught:
        refuse_odd_forms(command, words)
    assert said in one_line(str(caught.value))


@pytest.mark.parametrize(("line", "said"), COMPOSED)
def test_words_that_a_configuration_has_not(line, said):
    command, word = line.split(" ", 1)
    with pytest.raises(NetkitError) as caught:
        compose(command, [word])
    assert said in one_line(str(caught.value))
    assert "(+" not in str(caught.value)  # adding it would be ignored


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("train bootstrap=true", "with this data: use data=digits_background or data=windows"),
        ("train val=b.npz", "with this data: use data=files"),
        ("classify data=mnist", "in netkit classify: leave it out"),
        ("play data=mnist", "in netkit play: leave it out"),
    ],
)
def test_a_word_without_effect_is_left_out_and_said(line, said, caplog):
    command, word = line.split()
    assert compose(command, [word, "threads=2"]) == compose(command, ["threads=2"])
    assert caplog.messages == [f"{word.partition('=')[0]} has no effect {said}"]


@pytest.mark.parametrize(("line", "said"), OTHERS)
def test_what_commands_say(line, said, tmp_path):
    command, _, word = line.partition(" ")
    words = word.split() if "{" not in word else [word]
    done = CliRunner().invoke(main, [command, *words])
    assert done.exit_code in (1, 2)
    assert said in one_line(done.output.replace("[OVERRIDES]", ""))
    assert not list(tmp_path.rglob("*.safetensors"))


def test_every_word_of_other_frameworks_leads_to_one_that_is_there():
    """A synonym whose target has been renamed would be worse than none."""
    known = {name for command in ("train", "detect", "classify") for name in compose(command)}
    known |= {"hydra", "epsilon", "beta1", "top"}
    for word, ours in VARIABLES.items():
        assert word not in ours
        assert {target.split(".")[0] for target in ours} <= known, word
    for group, choices in CHOICES.items():
        assert set(choices.values()) <= set(choices_of(group)), group
    assert all(answer_to(word, "1", {"arch"}) for word in REMARKS)
    smoothing = compose("train", ["energy=cross_entropy", "energy.smoothing=0.1"])
    assert smoothing["energy"]["smoothing"] == 0.1


def test_a_choice_of_nothing():
    """GROUP=null is what is so anyway, or the choice none; Hydra refuses the word itself."""
    assert settled_choice("train", "recipe=null") is None
    assert settled_choice("detect", "arch=null") is None
    assert settled_choice("train", "augment=null") == "augment=none"
    assert settled_choice("train", "show=null") == "show=none"
    assert settled_choice("train", "eta=null") == "eta=null"
    assert defaults_of("evaluate")["backend"] == "auto"  # of the file that it begins with
    assert [*compose("train", ["show=null"])["show"]] == ["results"]


def test_an_arch_by_path(tmp_path):
    """A file of the user's, also by the name of one of netkit's, in every command."""
    layers = {"f0": {"type": "linear", "out": "noutputs"}}
    (tmp_path / "lenet5.yaml").write_text(yaml.safe_dump({"name": "own", "layers": layers}))
    (tmp_path / "nets").mkdir()
    (tmp_path / "nets" / "a b.yml").write_text(yaml.safe_dump({"layers": layers}))
    for word in ("arch=lenet5.yaml", "arch=./lenet5.yaml", f"arch={tmp_path}/lenet5"):
        assert compose("train", [word])["arch"] == {"name": "own", "layers": layers}
    assert compose("detect", ["arch=nets/a b.yml"])["arch"] == {"layers": layers}
    done = CliRunner().invoke(main, ["summary", "arch=./lenet5.yaml"])
    assert "linear" in done.output
    words = ["iterations=1", "train_size=20", "val_size=10", "arch=./lenet5.yaml", "show=none"]
    done = CliRunner().invoke(main, ["train", *words, "hydra.run.dir=run"])
    assert (done.exit_code, done.output) == (0, "")
    kept = yaml.safe_load((tmp_path / "run" / "config.yaml").read_text())
    assert "arch=./lenet5.yaml" in kept["command"]
    assert kept["arch"]["layers"] == layers


def test_a_run_is_not_written_over(tmp_path):
    """A second run in the folder of a first is refused; the newest run has a name."""
    words = ["iterations=1", "train_size=20", "val_size=10", "arch=linear", "show=none"]
    folder = tmp_path / "outputs" / "day" / "time"
    line = ["train", *words, f"hydra.run.dir={folder}"]
    assert CliRunner().invoke(main, line).exit_code == 0
    before = {path.name: path.read_bytes() for path in folder.glob("*.safetensors")}
    done = CliRunner().invoke(main, line)
    assert done.exit_code == 1
    assert f"{folder}: holds a run already: resume={folder} goes on with it" in done.output
    assert {path.name: path.read_bytes() for path in folder.glob("*.safetensors")} == before
    done = CliRunner().invoke(main, ["train", "resume=latest", "iterations=2"])
    assert done.exit_code == 0, done.output
    assert len((folder / "results.csv").read_text().splitlines()) == 3


@pytest.mark.parametrize("words", [[], ["data"]])
def test_a_group_without_words_prints_its_help(words):
    said = CliRunner().invoke(main, words).output
    assert said.startswith("Usage: ")
    assert len(said.splitlines()) > 8


@pytest.mark.parametrize(
    ("word", "read"),
    [
        ("batch_size=1e3", "batch_size=1000"),
        ("batch_size=1.5E+1", "batch_size=15"),
        ("data.size=[1e1,2.5e1]", "data.size=[10,25]"),
        ("batch_size=1e1,2e1", "batch_size=10,20"),
        ("eta=1e-3", "eta=1e-3"),
        ("eta=1.5e0", "eta=1.5e0"),
        ("root=a1e3", "root=a1e3"),
        ("name='1e3'", "name='1e3'"),
        ("seed=1e300", "seed=1e300"),
        ("seed=" + "9" * 400 + "e99", "seed=" + "9" * 400 + "e99"),
        ("eta=1.0", "eta=1.0"),
        ("~arch.layers.abs0", "~arch.layers.abs0"),
    ],
)
def test_whole_numbers_with_an_exponent(word, read):
    assert with_whole_numbers(word) == read


def test_a_file_with_the_name_of_a_number(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "1e3").mkdir()
    assert with_whole_numbers("root=1e3") == "root=1e3"
    assert compose("train", ["batch_size=2e1"])["batch_size"] == 20
    with pytest.raises(NetkitError, match=r"batch_size=2\.5: give a whole number from 1"):
        train(compose("train", ["batch_size=2.5"]), tmp_path / "run")
