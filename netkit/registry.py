"""Registry: everything that plugins bring, by kind and name, imported when it is first used."""

import difflib
from typing import TYPE_CHECKING, Any

from netkit.arguments import said, signature_of
from netkit.contracts import blaming, imported, refuse_class, refuse_object
from netkit.errors import NetkitError, shown
from netkit.limits import check_name, check_specs
from netkit.loading import Plugins

if TYPE_CHECKING:
    from netkit.layer import Layer


class Registry(Plugins):
    """What the plugins that were found bring, looked up by kind and name, and made."""

    def get(self, kind: str, name: str) -> Any:
        """Return the class that `name`, or "plugin:name", stands for.

        A name alone of which netkit has one itself is netkit's: a stranger's changes no arch.
        """
        plugin, _, short = str(name).rpartition(":")
        offers = self.found[kind].get(short, {})
        if plugin:
            offers = {plugin: offers[plugin]} if plugin in offers else {}
        elif own := {each: cls for each, cls in offers.items() if each in self.own}:
            offers = own
        if not offers:
            raise NetkitError(self.unknown(kind, name))
        if len(offers) > 1:
            full = " or ".join(f"{plugin}:{short}" for plugin in sorted(offers))
            raise NetkitError(
                f"{kind} '{name}' is provided by {', '.join(sorted(offers))}: write {full}"
            )
        ((plugin, cls),) = offers.items()
        what = f"{kind} '{name}'"
        if isinstance(cls, str):
            cls = self.found[kind][short][plugin] = imported(cls, what, plugin)
        refuse_class(kind, cls, what, plugin)
        return cls

    def unknown(self, kind: str, name: str) -> str:
        """Return what to say of a name that nobody brought: what is near, what there is."""
        known = sorted(self.found[kind])
        near = difflib.get_close_matches(str(name), known, 1)
        if near and not self.broken:
            return f"{kind} '{str(name)[:100]}' is not known: did you mean {near[0]}?"
        hint = f": did you mean {near[0]}?" if near else "."
        broken = "".join(
            f"; plugin '{p}' did not load ({type(e).__name__}: {e})" for p, e in self.broken.items()
        )
        return f"{kind} '{str(name)[:100]}' is not known{hint} There are {', '.join(known)}{broken}"

    def make(self, kind: str, spec: Any, where: str | None = None, **given: Any) -> Any:
        """Build the object that a mapping {type: name, argument: value, ...} describes.

        where: what to call it in an error.  given: arguments that do not stand in the mapping.
        """
        where = where or kind
        if not isinstance(spec, dict) or not spec.get("type"):
            raise NetkitError(f"{where}: {shown(spec)} is no {kind}: write {{type: NAME, ...}}")
        try:
            cls = self.get(kind, spec["type"])
        except NetkitError as error:
            raise NetkitError(f"{where}: {error}" if where != kind else str(error)) from error
        arguments = {key: value for key, value in spec.items() if key != "type"} | given
        try:
            signature_of(cls).bind(**arguments)
        except TypeError as error:
            strange = [name for name in arguments if name not in signature_of(cls).parameters]
            takes = said(cls) or "nothing"
            if strange:
                names = list(signature_of(cls).parameters)
                odd = str(strange[0])  # YAML has keys that are numbers
                near = difflib.get_close_matches(odd, names, 1, 0.7)
                takes = f"did you mean {near[0]}?" if near else f"it takes {takes}"
                wrong = (
                    f"{kind} '{spec['type']}' takes no {odd if odd.isprintable() else shown(odd)}"
                )
            else:
                wrong = f"{kind} '{spec['type']}': {error}"
                takes = f"it takes {takes}"
            others = self.others_take(kind, strange)
            raise NetkitError(f"{where}: {wrong}: {takes}{others}") from None
        try:
            with blaming(f"{where}: {kind} '{spec['type']}'", cls):
                made = cls(**arguments)
        except NetkitError as error:
            raise NetkitError(f"{where}: {error}" if where != kind else str(error)) from error
        refuse_object(kind, made, f"{where}: {kind} '{spec['type']}'")
        return made

    def others_take(self, kind: str, names: list[str]) -> str:
        """Return who of a kind takes an argument that another does not, as the end of a sentence.

        names: the arguments that it does not take. Of layers, which are many, nobody is asked.
        """
        takers = []
        for name in self.found[kind] if names and kind != "layer" else ():
            try:
                if names[0] in signature_of(self.get(kind, name)).parameters:
                    takers.append(f"{kind}={name}")
            except (NetkitError, TypeError, ValueError):
                continue  # it does not load, or cannot be asked
        return f"; {names[0]} is for {' and '.join(takers)}" if takers else ""

    def inner(self, spec: dict[str, Any]) -> list[str]:
        """Return the arguments in a layer's spec that hold layers (Layer.inner)."""
        try:
            cls = self.get("layer", str(spec.get("type")))
        except NetkitError:
            return []  # `make` says what is wrong
        return [name for name in getattr(cls, "inner", ()) if name in spec]

    def layers(self, specs: Any, noutputs: int, prefix: str = "") -> "dict[str, Layer]":
        """Build {name: Layer} from {name: {type: ..., ...}}, inner layers too.

        `noutputs` as a value means the number of classes. A layer with `when: false` is left out.
        """
        if prefix and specs is None:
            return {}
        if not prefix or not isinstance(specs, dict):
            check_specs(specs, prefix.rstrip(".") or "arch.layers")
        made: dict[str, Any] = {}
        for name, spec in specs.items():
            name = check_name(name, prefix.rstrip(".") or "arch.layers")
            where = prefix + name
            if not isinstance(spec, dict):
                raise NetkitError(f"{where}: {shown(spec)} is no layer: write {{type: NAME, ...}}")
            spec = {key: noutputs if value == "noutputs" else value for key, value in spec.items()}
            if not spec.pop("when", True):
                continue
            for inner in self.inner(spec):
                spec[inner] = self.layers(spec[inner], noutputs, where + ".")
            made[name] = self.make("layer", spec, where)
            made[name].type_name = spec["type"]
        return made
