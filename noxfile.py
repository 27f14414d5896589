"""The tests under every Python and with the oldest dependencies, and what looks over the rest.

    nox -l                  what there is
    nox -s tests-3.13       the tests under one Python; words after -- go to pytest
    nox -s lowest           the tests with the oldest releases that pyproject.toml allows

A Python that is not on this machine is skipped, unless NOX_MISSING=error says that it must be here.
"""

import json
import os

import nox

PYTHONS = "3.10", "3.11", "3.12", "3.13", "3.14"

nox.needs_version = ">=2024.4.15"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.error_on_missing_interpreters = os.environ.get("NOX_MISSING") == "error"
nox.options.sessions = ["tests"]


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the tests with the newest releases of all dependencies."""
    session.install("-e", ".[test]")
    session.install("pip")  # which tests install plugins with, and uv leaves out
    session.run("pytest", *session.posargs)


@nox.session(python=PYTHONS[0], venv_backend="uv")
def lowest(session: nox.Session) -> None:
    """Run the tests with the lower bound of every dependency, under the oldest Python."""
    session.install("--resolution=lowest-direct", "-e", ".[test]")
    session.install("pip")  # which tests install plugins with, and uv leaves out
    session.run("pytest", *session.posargs)


@nox.session
def coming(session: nox.Session) -> None:
    """Run the tests with the next releases of Hydra and OmegaConf, candidates too."""
    session.install("-e", ".[test]")
    session.install("--pre", "--upgrade", "hydra-core<1.5", "omegaconf")
    session.install("pip")  # which tests install plugins with, and uv leaves out
    session.run("pytest", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """Measure which lines and branches of netkit the tests run, and fail below 95 %."""
    session.install("-e", ".[test]")
    session.install("pip")  # which tests install plugins with, and uv leaves out
    session.run("pytest", "-n", "auto", "--cov", "--cov-report=term-missing", *session.posargs)


@nox.session
def site(session: nox.Session) -> None:
    """Make the documentation into a site, in site/; a broken link fails."""
    session.install("mkdocs-material")
    session.run("mkdocs", "build", "--strict")


@nox.session
def audit(session: nox.Session) -> None:
    """Look for known faults in what `pip install netkit` brings; asks PyPI's list of them.

    A package that the list is not asked about is a failure too: netkit alone is left out.
    """
    session.install(".")
    listed = os.path.join(session.create_tmp(), "brought.txt")
    with open(listed, "w", encoding="utf-8") as file:
        file.write(packages(session))
    words = "--strict", "--no-deps", "--disable-pip", "--requirement", listed
    session.run(*tool("pip-audit"), *words, *session.posargs, external=True)


@nox.session
def sbom(session: nox.Session) -> None:
    """Write sbom.json, what `pip install netkit` brings, in CycloneDX's form."""
    session.install(".")
    command = *tool("cyclonedx-bom", "cyclonedx-py"), "environment", "--pyproject", "pyproject.toml"
    words = "--mc-type", "library", "--output-file", "sbom.json", session.virtualenv.location
    session.run(*command, *words, external=True)
    asked = "import netkit; print(netkit.__version__)"  # pyproject.toml has it from there too
    with open("sbom.json", encoding="utf-8") as file:
        bom = json.load(file)
    bom["metadata"]["component"]["version"] = session.run(
        "python", "-c", asked, silent=True
    ).strip()
    with open("sbom.json", "w", encoding="utf-8") as file:
        json.dump(bom, file, indent=2)


def tool(package: str, command: str = "") -> tuple[str, ...]:
    """Return how uv runs a command of a package that is not in the session's environment."""
    return "uvx", "--from", package, command or package


def packages(session: nox.Session) -> str:
    """Return a session's packages as lines of name==version, but netkit and what installs them."""
    code = (
        "from importlib.metadata import distributions\n"
        "for found in distributions():\n"
        "    name = found.metadata['Name']\n"
        "    if name not in ('netkit', 'pip', 'setuptools'):\n"
        "        print(f'{name}=={found.version}')\n"
    )
    return session.run("python", "-c", code, silent=True)
