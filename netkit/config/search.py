"""Where Hydra looks for YAML beside netkit's own: plugins' packages, and a folder of the user."""

import os
from pathlib import Path
from typing import Any

from hydra._internal.core_plugins.file_config_source import FileConfigSource
from hydra.core.plugins import Plugins
from hydra.plugins.config_source import ConfigResult
from hydra.plugins.search_path_plugin import SearchPathPlugin

from netkit.config.limits import check_text
from netkit.config.origin import FOLDER, OWN
from netkit.config.trust import check_trust
from netkit.files.documents import read_text
from netkit.registry import Registry


class CountedFiles(FileConfigSource):
    """Hydra's files of a folder, each counted before it is built, and looked at for calls."""

    @staticmethod
    def scheme() -> str:
        return "netkit-file"

    def load_config(self, config_path: str) -> ConfigResult:
        path = Path(self.path, self._normalize_file_name(config_path))
        if path.is_file():
            where = f"configuration {path}"
            text = read_text(path, where)
            check_text(text, where)
            check_trust(text, self._normalize_file_name(config_path), where)
        return super().load_config(config_path)


class PluginConfigs(SearchPathPlugin):
    """Plugins' packages of YAML and the folder of --config-dir, behind netkit's own."""

    def manipulate_search_path(self, search_path: Any) -> None:
        for plugin, path in Registry().configs:
            search_path.append(provider=plugin, path=path)
        for folder in filter(None, (FOLDER.get(), OWN.get())):
            search_path.append(
                provider="command-line", path=f"netkit-file://{os.path.abspath(folder)}"
            )


def register_places() -> None:
    """Tell Hydra where plugins and the user keep YAML: after netkit's own, to add to it alone.

    Once: Hydra keeps all it is told, and asks each of them for every configuration.
    """
    plugins = Plugins.instance()
    if PluginConfigs not in plugins.discover(SearchPathPlugin):
        plugins.register(CountedFiles)
        plugins.register(PluginConfigs)
