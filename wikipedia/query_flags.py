"""Flags of the programs that take texts and articles. Read them through the functions, in main."""

import sys

from absl import flags

from common import errors

_QUERY = flags.DEFINE_multi_string('query', [], 'Text to find articles for; may be given again.')
_QUERY_FILE = flags.DEFINE_string('query_file', '', 'File of texts, one a line; - is stdin.')
_ARTICLE = flags.DEFINE_multi_string(
    'article', [], 'Title or address of an article to find others for; may be given again.'
)
_ARTICLE_FILE = flags.DEFINE_string(
    'article_file', '', 'File of titles or addresses, one a line; - is stdin.'
)
_STDIN = '-'


def refuse_nothing() -> None:
    """Raises UsageError unless something is asked, before files are read."""
    if not (_QUERY.value or _QUERY_FILE.value or _ARTICLE.value or _ARTICLE_FILE.value):
        raise errors.UsageError('nothing is asked; give --query=TEXT or --article=TITLE')
    if _QUERY_FILE.value == _ARTICLE_FILE.value == _STDIN:
        raise errors.UsageError('--query_file and --article_file cannot both be stdin')
    for name, values in (('query', _QUERY.value), ('article', _ARTICLE.value)):
        if not all(value.strip() for value in values):
            raise errors.UsageError(f'a --{name} is empty')


def texts() -> list[str]:
    """Returns the texts that are asked, in order.

    Raises:
        InputError: when --query_file cannot be read or holds none.
    """
    return [*_QUERY.value, *_read(_QUERY_FILE.value, 'query_file')]


def articles() -> list[str]:
    """Returns the titles and addresses that are asked, in order.

    Raises:
        InputError: when --article_file cannot be read or holds none.
    """
    return [*_ARTICLE.value, *_read(_ARTICLE_FILE.value, 'article_file')]


def files() -> list[str]:
    """Returns the files that are read, which an output must not replace."""
    return [name for name in (_QUERY_FILE.value, _ARTICLE_FILE.value) if name not in ('', _STDIN)]


def _read(path: str, flag: str) -> list[str]:
    if not path:
        return []
    try:
        if path == _STDIN:
            data = sys.stdin.buffer.read()
        else:
            with open(path, 'rb') as file:
                data = file.read()
        lines = data.decode('utf-8-sig').split('\n')
    except UnicodeDecodeError as error:
        raise errors.InputError(f'{path} is not UTF-8 ({error}); --{flag} wants UTF-8') from error
    found = [line.strip() for line in lines if line.strip()]
    if not found:
        raise errors.InputError(f'{path} holds no line with text; --{flag} wants one a line')
    return found
