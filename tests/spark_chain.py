"""Runs programs one after another in one process with one SparkContext: a JVM takes seconds.

python tests/spark_chain.py STEPS.json, a list of [program, flags, the exit status that is wanted,
or null for any], or - for such steps from standard input, one a line; PYSPARK_SUBMIT_ARGS says on
which master. Flags are taken down between two programs. After each of them stderr has a line: ENDED
and its exit status. At the end it says on standard output where they ran: the master, and how many
executors it had.
"""

import json
import pathlib
import runpy
import sys

import pyspark
from absl import flags

from common import preflight
from common import spark

_ROOT = pathlib.Path(__file__).resolve().parent.parent
_SparkContext = pyspark.SparkContext
ENDED = '=== ended with status'


class _Lasting:
    """The SparkContext of all steps: what a program makes and stops."""

    context = None

    def __new__(cls, *arguments, **options):
        if cls.context is None:
            cls.context = _SparkContext(*arguments, **options)
        return cls.context

    @classmethod
    def _ensure_initialized(cls):
        _SparkContext._ensure_initialized()
        cls._gateway = _SparkContext._gateway


def _forget_flags():
    """Makes the next program define its flags as in a new process."""
    modules = dict(flags.FLAGS.flags_by_module_dict())
    for module, defined in modules.items():
        if not module.startswith('absl'):
            for flag in list(defined):
                if flag.name in flags.FLAGS:
                    delattr(flags.FLAGS, flag.name)
    for name in list(sys.modules):
        # Modules that define none themselves stay: absl knows by their place in memory that the
        # flags are their callers', and another module would get that place.
        if name == 'common.cli' or (name.endswith('_flags') and name in modules):
            del sys.modules[name]
            parent, _, child = name.rpartition('.')
            delattr(sys.modules[parent], child)


def _steps(path):
    if path == '-':
        return map(json.loads, sys.stdin)
    return json.loads(pathlib.Path(path).read_text())


def main():
    """Runs the steps until one ends with another status than wanted."""
    pyspark.SparkContext = _Lasting
    spark._stop = lambda sc: None
    for program, arguments, status in _steps(sys.argv[1]):
        _forget_flags()
        path = _ROOT / program
        sys.argv[:] = [str(path), *arguments]
        ended = 0
        try:
            runpy.run_path(str(path), run_name='__main__')
        except SystemExit as end:
            ended = end.code or 0
        print(ENDED, ended, file=sys.stderr, flush=True)
        if status is not None and ended != status:
            sys.exit(ended)
    if context := _Lasting.context:
        print(context.master, preflight.count_executors(context))


if __name__ == '__main__':
    main()
