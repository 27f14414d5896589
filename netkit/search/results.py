"""Results: a search as a table, as best.yaml, and as a page."""

import csv
import shlex
import warnings
from io import StringIO
from typing import Any, NamedTuple

import yaml

from netkit.commands.columns import table
from netkit.files import write_beside
from netkit.files.documents import parse_yaml, read_text
from netkit.files.text import csv_cell
from netkit.pictures.runs_page import runs_page
from netkit.search.space import Choice, parts_of
from netkit.search.study import Study
from netkit.search.trial import ROWS
from netkit.training.validation import SCORES

SHOWN = 10  # trials that are printed
OWN = {"resume": None, "name": None}  # what a configuration has of a run alone, besides its command


class Outcome(NamedTuple):
    """What came of a trial.

    value: the best result of an iteration; None of one that failed.  params: {key: value} of what
    it chose, see Numbers.  rows: the results of its iterations.
    """

    number: int
    state: str
    value: float | None
    params: dict[str, Any]
    rows: list[dict[str, float]]

    @property
    def metric(self) -> str:
        """The name of the result that it is measured by."""
        return next((name for name in SCORES if self.rows and name in self.rows[-1]), "")

    @property
    def seconds(self) -> float:
        """How long it trained."""
        return sum(row.get("seconds", 0.0) for row in self.rows)


def outcomes(study: Study) -> list[Outcome]:
    """Return what came of all trials so far, those that run too."""
    made = []
    for trial in study.study.get_trials(deepcopy=False):
        values = trial.intermediate_values.values()
        value = trial.value if trial.state.name == "COMPLETE" else max(values, default=None)
        state = {"COMPLETE": "whole"}.get(trial.state.name, trial.state.name.lower())
        rows = trial.user_attrs.get(ROWS, [])
        made.append(Outcome(trial.number, state, value, trial.params, rows))
    return made


def best_of(found: list[Outcome]) -> Outcome | None:
    """Return the trial with the best result, the first of several."""
    done = [one for one in found if one.value is not None and one.state in ("whole", "pruned")]
    return max(done, key=lambda one: (one.value, -one.number), default=None)


def write_results(study: Study) -> str:
    """Write trials.csv, best.yaml and search.html into the folder; return a table as text."""
    found = outcomes(study)
    best = best_of(found)
    write_beside(study.folder / "trials.csv", as_csv(study, found).encode())
    if best:
        write_best(study, best)
    write_beside(study.folder / "search.html", runs_page(facts(study, found, best)).encode())
    ranked = sorted((o for o in found if o.value is not None), key=lambda o: -(o.value or 0))
    return table([head(study, found), *(cells(study, one) for one in ranked[:SHOWN])])


def head(study: Study, found: list[Outcome]) -> list[str]:
    """Return the head of the table of trials."""
    metric = next((one.metric for one in found if one.metric), "result")
    return ["trial", metric, "state", "iterations", "time", *keys(study)]


def keys(study: Study) -> list[str]:
    """Return what the search calls its settings."""
    return list(dict.fromkeys(part.key for part in parts_of(study.settings.space)))


def cells(study: Study, one: Outcome) -> list[str]:
    """Return a trial as a row of text."""
    value = "" if one.value is None else f"{one.value:.{4 if one.metric == 'test_map' else 2}f}"
    chosen = [text(one.params[key]) if key in one.params else "" for key in keys(study)]
    return [str(one.number), value, one.state, str(len(one.rows)), f"{one.seconds:.1f} s", *chosen]


def text(value: Any) -> str:
    """Return a value as text, numbers with four digits."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def as_csv(study: Study, found: list[Outcome]) -> str:
    """Return all trials as CSV, with all digits."""
    out = StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(map(csv_cell, head(study, found)))
    for one in found:
        chosen = [one.params.get(key, "") for key in keys(study)]
        line = [one.number, one.value, one.state, len(one.rows), one.seconds, *chosen]
        rows.writerow(map(csv_cell, line))
    return out.getvalue()


def write_best(study: Study, best: Outcome) -> None:
    """Write best.yaml: the whole configuration of a trial, for `netkit train DIR/best.yaml`."""
    path = study.folder / f"{best.number:05d}" / "config.yaml"
    if not path.is_file():
        return
    config = parse_yaml(read_text(path, str(path)), str(path))
    kept = {name: value for name, value in config.items() if name != "command"} | OWN
    chosen = " ".join(f"{key}={text(value)}" for key, value in best.params.items())
    about = f"# Trial {best.number} of netkit tune, the best: {best.metric} {best.value:.6g}\n"
    about += f"# {chosen}\n# netkit train {study.folder}/best.yaml\n"
    whole = {"defaults": ["_run", "_self_"], **kept}
    text_of = yaml.safe_dump(whole, sort_keys=False)
    write_beside(study.folder / "best.yaml", (about + text_of).encode())


def facts(study: Study, found: list[Outcome], best: Outcome | None) -> dict[str, Any]:
    """Return what the page says, as JSON has it."""
    seen = {key: [o.params[key] for o in found if key in o.params] for key in keys(study)}
    parameters = [
        {
            "name": part.key,
            "kind": part.kind,
            "choices": list(part.options) if isinstance(part, Choice) else None,
        }
        for part in parts_of(study.settings.space)
        if seen[part.key]
    ]
    metric = best.metric if best else "result"
    return {
        "title": f"Search: {len(found)} trials",
        "subtitle": str(study.folder),
        "table": [head(study, found), *(cells(study, one) for one in found)],
        "runs": [{"name": str(one.number), "rows": one.rows} for one in found],
        "differences": [],
        "search": {
            "metric": metric,
            "trials": [o._replace(rows=[])._asdict() for o in found],
            "parameters": parameters,
            "importance": importance(study),
            "best": f"netkit train {shlex.quote(str(study.folder))}/best.yaml" if best else "",
            "said": f"trial {best.number}: {metric} {best.value:.6g}" if best else "",
        },
    }


def importance(study: Study) -> list[tuple[str, float]]:
    """Return how much the result depends on each setting, the largest first; shares of 1.

    PED-ANOVA (Watanabe, Bansal and Hutter, IJCAI 2023), of the trials that have the setting.
    """
    evaluator = study.library.importance.PedAnovaImportanceEvaluator()
    found: dict[str, float] = {}
    for key in keys(study):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found |= evaluator.evaluate(study.study, params=[key])
        except (ValueError, RuntimeError, ZeroDivisionError):  # too few trials have it
            continue
    total = sum(found.values())
    shares = [(key, value / total) for key, value in found.items() if total > 0]
    return sorted(shares, key=lambda pair: -pair[1])
