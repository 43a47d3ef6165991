"""How programs on Spark define flags that take paths. Read those in main, as all flags."""

import os
from typing import Any

from absl import flags

from common import datasets
from common import file_systems

flags.disclaim_key_flags()  # The flags belong to the programs that call DEFINE_path.


class _Parser(flags.ArgumentParser):
    syntactic_help = 'a path, mounted or of a file system of Hadoop, such as hdfs://host/path'

    def parse(self, argument: str) -> str:
        path = file_systems.local_path(argument)
        if path in ('', datasets.STDIN) or file_systems.is_remote(path):
            return path
        return os.path.abspath(path)  # Workers stand in folders of their own.

    def flag_type(self) -> str:
        return 'path'


def DEFINE_path(name: str, default: str | None, help: str, **options: Any) -> flags.FlagHolder:
    """Defines a flag whose value is a path, absolute, and without file:// where it began so.

    Args:
        name: of the flag.
        default: its value without the flag.
        help: what --help says.
        options: more for flags.DEFINE, such as required.
    """
    return flags.DEFINE(_Parser(), name, default, help, **options)
