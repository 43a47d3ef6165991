"""The flag of every program that resolves redirects. Read it through the function, in main."""

import dataclasses
import os

from common import datasets
from common import file_systems
from common import path_flags
from common.pb import recsys_pb2

_REDIRECTS = path_flags.DEFINE_path(
    'redirects',
    None,
    'Redirect records of tokenize_pages; links that lead to a redirect lead to its target. Without '
    'the flag, the directory redirects in that of the input, where there is one; --redirects= '
    'resolves none.',
)
_SUBDIRECTORY = 'redirects'


def open_redirects(input_file: str, options: datasets.ReadOptions) -> datasets.Dataset | None:
    """Finds the redirects of some documents.

    Args:
        input_file: the directory of the documents, or what else they are read from.
        options: how strict to be.

    Returns:
        Redirect records, or None for no redirects.

    Raises:
        InputError: when the flag names what is no data set of redirects.
    """
    path = _REDIRECTS.value
    if path is None:
        path = os.path.join(input_file, _SUBDIRECTORY)
        if not file_systems.of(path).is_directory(path):
            return None
    if not path:
        return None
    proto = recsys_pb2.Redirect.DESCRIPTOR.name if options.proto else ''
    return datasets.open_dataset(
        path, recsys_pb2.Redirect, dataclasses.replace(options, proto=proto)
    )
