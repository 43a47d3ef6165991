"""Word vectors in the text and binary formats of word2vec, which gensim and many others read.

The first line says how many vectors there are and how long they are. In the text format a line
follows for each: the word and the numbers, between single spaces. In the binary format the word is
followed by a space, the numbers as little-endian float32, and a line feed. Neither has a way to
write a word with white space in it.
"""

import contextlib
import gzip
import sys
from collections.abc import Iterator
from collections.abc import Sequence
from typing import BinaryIO
from typing import Literal

import numpy as np

from common import atomic
from common import errors

STDOUT = '-'


def join_spaces(tokens: Sequence[str]) -> list[str]:
    """Returns tokens with each white space character as '_'."""
    return [''.join('_' if c.isspace() else c for c in token) for token in tokens]


def check_tokens(tokens: Sequence[str]) -> None:
    """Raises InputError for a token that the format cannot hold, or one that occurs twice."""
    seen: set[str] = set()
    for token in tokens:
        if not token or any(c.isspace() for c in token):
            raise errors.InputError(
                f'{token!r} is empty or holds white space, which the word2vec format cannot hold; '
                'write white space as _ with --join_spaces'
            )
        if token in seen:
            raise errors.InputError(
                f'{token!r} stands for two words once white space is written as _; '
                'export another model'
            )
        seen.add(token)


def write(
    path: str,
    tokens: Sequence[str],
    vectors: np.ndarray,
    file_format: Literal['text', 'binary'] = 'text',
    overwrite: bool = False,
) -> None:
    """Writes vectors to a file, compressed when its name ends in .gz, or to stdout when it is '-'.

    Args:
        path: where to.
        tokens: the words, N.
        vectors: float[N, D]; in the text format with nine digits, which give float32 back exactly.
        file_format: 'text' or 'binary'.
        overwrite: whether path may be replaced.

    Raises:
        InputError: when the format cannot hold a token, or path exists and may not be replaced.
        ValueError: when there are not as many vectors as tokens.
    """
    if vectors.ndim != 2 or len(vectors) != len(tokens):
        raise ValueError(f'{len(tokens)} tokens and vectors of shape {vectors.shape}')
    check_tokens(tokens)
    encode = _text_rows if file_format == 'text' else _binary_rows
    with _open(path, overwrite) as file:
        file.write(f'{len(tokens)} {vectors.shape[1]}\n'.encode('ascii'))
        file.writelines(encode(tokens, vectors))


def _text_rows(tokens: Sequence[str], vectors: np.ndarray) -> Iterator[bytes]:
    numbers = ' %.9g' * vectors.shape[1] + '\n'
    for token, vector in zip(tokens, vectors, strict=True):
        yield (token + numbers % tuple(vector.tolist())).encode('utf-8')


def _binary_rows(tokens: Sequence[str], vectors: np.ndarray) -> Iterator[bytes]:
    for token, vector in zip(tokens, vectors.astype('<f4'), strict=True):
        yield token.encode('utf-8') + b' ' + vector.tobytes() + b'\n'


@contextlib.contextmanager
def _open(path: str, overwrite: bool) -> Iterator[BinaryIO]:
    if path == STDOUT:
        yield sys.stdout.buffer
        return
    with atomic.output_file(path, overwrite) as temporary, open(temporary, 'wb') as file:
        if path.endswith('.gz'):
            # Without name and time of day, the same vectors give the same bytes.
            with gzip.GzipFile('', 'wb', fileobj=file, mtime=0) as compressed:
                yield compressed
        else:
            yield file
