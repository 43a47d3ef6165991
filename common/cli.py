"""How every program starts and ends.

absl's own `app.run` exits 1 on --help and prints tracebacks. Under `cli.run` the exit status is 0
for success and --help, 2 for wrong flags and 1 for an error, and the last line on stderr says what
was wrong and what to do. --debug adds the traceback.
"""

import atexit
import contextlib
import math
import os
import signal
import sys
import traceback
from collections.abc import Callable
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

from absl import app
from absl import flags
from absl import logging

from common import errors

_DEBUG = flags.DEFINE_boolean('debug', False, 'Print the traceback of an error.')

_AGAIN_SECONDS = 0.1
_MAX_CHARS = 10_000  # Of a line of the log.
_SUCCESS, _FAILURE, _USAGE, _INTERRUPTED, _TERMINATED = 0, 1, 2, 130, 143


def run(main: Callable[[list[str]], None]) -> None:
    """Parses the flags, calls main(argv) and exits with its status; never returns.

    Args:
        main: takes the program's name and the words that are not flags. Heavy libraries are best
            imported inside it, after the flags were checked, so that --help answers at once.
    """
    # Runs last: when Python takes its own handlers away, the signal would end it by force.
    atexit.register(signal.signal, signal.SIGTERM, signal.SIG_IGN)
    if sys.stdout is None:  # It was closed before the start.
        sys.stdout = open(os.devnull, 'w', encoding='utf-8')  # noqa: SIM115
    _adopt_shared_flags()
    logging.use_absl_handler()
    logging.set_verbosity(logging.INFO)
    logging.get_absl_handler().setFormatter(_LogFormatter())
    app.run(lambda argv: _exit(_call(main, argv)), flags_parser=_parse_flags)


def refuse_arguments(argv: Sequence[str]) -> None:
    """Raises UsageError when there are words that are not flags, such as a flag without dashes."""
    if len(argv) > 1:
        raise errors.UsageError(
            f'cannot use {argv[1]!r}: this program takes flags only, each as --name=value'
        )


def _adopt_shared_flags() -> None:
    """Makes --debug and the flags of modules called *_flags show up in the program's --help."""
    for module in list(sys.modules):
        if module == __name__ or module.endswith('_flags'):
            for flag in flags.FLAGS.flags_by_module_dict().get(module, ()):
                flags.FLAGS.register_key_flag_for_module(sys.argv[0], flag)


class _LogFormatter(logging.PythonFormatter):
    """absl's format without process and file: level, time, message."""

    def format(self, record: 'logging.logging.LogRecord') -> str:
        prefix = record.levelname[0] + self.formatTime(record, '%H:%M:%S')
        return f'{prefix} {_printable(record.getMessage())}'


def _parse_flags(argv: list[str]) -> list[str]:
    try:
        words = _parse(argv)
        _refuse_non_finite()
        return words
    except BrokenPipeError:
        _abandon_stdout()
        sys.exit(_SUCCESS)
    except OSError as error:  # Help has no room where it goes.
        _say_last(argv[0], _describe_os_error(error))
        sys.exit(_FAILURE)
    except flags.Error as error:
        _say_last(argv[0], f'{_flat(error)} (see --help)')
        sys.exit(_USAGE)


def _parse(argv: list[str]) -> list[str]:
    try:
        return flags.FLAGS(argv)
    except SystemExit:  # Only the help flags exit while flags are parsed, and absl's exit says 1.
        sys.stdout.flush()
        sys.exit(_SUCCESS)


def _refuse_non_finite() -> None:
    """Raises flags.Error for a number that is none: bounds of flags let nan pass."""
    for name, flag in flags.FLAGS.flag_values_dict().items():
        if isinstance(flag, float) and not math.isfinite(flag):
            raise flags.IllegalFlagValueError(f'flag --{name}={flag}: must be a finite number')


def _call(main: Callable[[list[str]], None], argv: list[str]) -> int:
    """Runs main and returns the exit status."""
    signal.signal(signal.SIGTERM, _terminate)
    sys.unraisablehook = _raise_later
    try:
        main(argv)
        sys.stdout.flush()
        return _SUCCESS
    except (errors.UsageError, flags.Error) as error:
        return _report(argv[0], f'{_flat(error)} (see --help)', _USAGE)
    except errors.InputError as error:
        return _report(argv[0], _flat(error), _FAILURE)
    except KeyboardInterrupt:
        return _report(argv[0], 'interrupted; nothing half-written was left', _INTERRUPTED)
    except BrokenPipeError:
        # The reader of our pipe has what it wanted, as in `… | head`; say nothing.
        _abandon_stdout()
        return _FAILURE
    except SystemExit as error:
        if error.code != _TERMINATED:
            raise
        return _report(argv[0], 'terminated; nothing half-written was left', _TERMINATED)
    except OSError as error:
        return _report(argv[0], _describe_os_error(error), _FAILURE)
    except MemoryError:
        return _report(argv[0], 'out of memory; give it smaller parts or batches', _FAILURE)
    except Exception as error:
        message = f'unexpected {type(error).__name__}: {_flat(error)}; --debug shows where'
        return _report(argv[0], message, _FAILURE)


def _abandon_stdout() -> None:
    """Keeps the interpreter from flushing into a closed pipe once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _terminate(signum: int, frame: FrameType | None) -> None:
    """Turns SIGTERM into an exit that runs the clean-up of every `with` and `finally`."""
    sys.exit(_TERMINATED)


def _raise_later(ignored: 'sys.UnraisableHookArgs') -> None:
    """Has the end that a signal asked for come again when a library's callback swallowed it."""
    error = ignored.exc_value
    is_signal = isinstance(error, SystemExit) and error.code == _TERMINATED
    if isinstance(error, KeyboardInterrupt) or is_signal:
        again = _terminate if is_signal else signal.default_int_handler
        signal.signal(signal.SIGALRM, again)
        signal.setitimer(signal.ITIMER_REAL, _AGAIN_SECONDS)
    else:
        sys.__unraisablehook__(ignored)


def _exit(status: int) -> NoReturn:
    """Exits; after a signal, which may have come amid anything, without taking Python down.

    Libraries whose threads are stopped amid their work, as XLA's are, crash when that happens.
    """
    if status in (_INTERRUPTED, _TERMINATED):
        atexit._run_exitfuncs()
        with contextlib.suppress(OSError):
            sys.stdout.flush()
        os._exit(status)
    # What is done is done: a signal that comes now changes neither the status nor the last line.
    signal.signal(signal.SIGTERM, lambda signum, frame: os._exit(status))
    sys.exit(status)


def _report(program: str, message: str, status: int) -> int:
    if _DEBUG.value:
        traceback.print_exc()
    _say_last(program, message)
    return status


def _say_last(program: str, message: str) -> None:
    try:
        sys.stdout.flush()
    except OSError:  # It is what the message is about, or the reader of our pipe is gone.
        _abandon_stdout()
    line = _printable(f'{os.path.basename(program)}: error: {message}')
    print(line, file=sys.stderr, flush=True)


def _printable(text: str) -> str:
    """Returns a text cut in its middle, without what would act on a terminal.

    Names and titles in files of other people may hold anything, and be of any length.
    """
    if len(text) > _MAX_CHARS:
        text = f'{text[: _MAX_CHARS // 2]} … {text[-_MAX_CHARS // 2 :]}'
    return ''.join(c if c.isprintable() or c in '\n\t' else '\ufffd' for c in text)


def _flat(error: BaseException) -> str:
    """Returns the message on one line; some of py4j have none once the JVM is gone."""
    try:
        return ' '.join(str(error).split()) or type(error).__name__
    except TypeError:
        return type(error).__name__


def _describe_os_error(error: OSError) -> str:
    names = [str(name) for name in (error.filename, error.filename2) if name]
    reason = error.strerror or _flat(error)
    if error.errno in errors.DISK_FULL:
        reason += '; make room, or let TMPDIR name a folder on a larger disk'
    return f'{" -> ".join(names)}: {reason}' if names else reason
