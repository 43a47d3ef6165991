"""config.json of a search index: what it was made of, and what its files are."""

import hashlib
import json
import os
import pathlib
from collections.abc import Mapping
from typing import Any

from common import errors
from common import provenance
from common import tokenizers

CONFIG_NAME, CATALOGUE_NAME, TANTIVY_NAME = 'config.json', 'catalogue.jsonl', 'tantivy'
LOCKS = ('.tantivy-writer.lock', '.tantivy-meta.lock')
_KIND, _VERSION = 'article search index', 1
_MAX_HASHED = 1 << 30  # Bytes of an index of which every one is compared when it is opened.


def save(folder: str, fields: Mapping[str, Any]) -> None:
    """Writes config.json of an index whose other files are whole.

    Args:
        folder: the index.
        fields: what is known of it, such as articles, content_hash and tokenizer.
    """
    config = {
        'kind': _KIND,
        'version': _VERSION,
        **fields,
        'files': _describe_files(folder, hashed=True),
        **provenance.describe_run(),
    }
    text = json.dumps(config, ensure_ascii=False, indent=1) + '\n'
    pathlib.Path(folder, CONFIG_NAME).write_text(text, encoding='utf-8')


def load(path: str) -> dict[str, Any]:
    """Returns what config.json of an index says, once its files are what it says.

    Sizes are compared always, contents in an index of up to 1 GiB.

    Raises:
        InputError: when path is no whole index, or one of another version.
    """
    config_path = os.path.join(path, CONFIG_NAME)
    remedy = 'make it with make_search_index'
    if not os.path.isfile(config_path):
        what = 'is no search index' if os.path.lexists(path) else 'does not exist'
        raise errors.InputError(f'{path} {what}; {remedy}')
    try:
        config = json.loads(pathlib.Path(config_path).read_text(encoding='utf-8'))
        kind, version, files = config['kind'], config['version'], dict(config['files'])
        int(config['articles']), str(config['content_hash']), tokenizers.get(config['tokenizer'])
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise errors.InputError(
            f'{config_path} is that of no search index ({type(error).__name__}: {error}); {remedy}'
        ) from error
    if (kind, version) != (_KIND, _VERSION):
        raise errors.InputError(
            f'{path} is {kind!r} of version {version}, and {_KIND!r} of version {_VERSION} is '
            f'wanted; {remedy}'
        )
    _refuse_damage(path, files)
    return config


def _refuse_damage(path: str, files: Mapping[str, Any]) -> None:
    """Raises InputError unless the files of an index are those that its configuration describes."""
    found = _describe_files(path, sum(map(os.path.getsize, _paths(path).values())) <= _MAX_HASHED)
    for name in sorted(files | found):
        is_, wanted = found.get(name, {}), files.get(name)
        if not is_ or not isinstance(wanted, dict) or not is_.items() <= wanted.items():
            raise errors.InputError(
                f'{os.path.join(path, name)} is not what {CONFIG_NAME} says ({is_ or None}; '
                f'{wanted} is wanted): the index is damaged; make it again'
            )


def _paths(folder: str) -> dict[str, str]:
    """Returns the paths of the files of an index, but its configuration, by name inside it."""
    paths = {}
    for parent, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(parent, name)
            if name not in (CONFIG_NAME, *LOCKS):
                paths[os.path.relpath(path, folder)] = path
    return dict(sorted(paths.items()))


def _describe_files(folder: str, hashed: bool) -> dict[str, dict[str, Any]]:
    """Returns the bytes, and if asked for the SHA-256, of every file of an index by name."""
    described: dict[str, dict[str, Any]] = {}
    for name, path in _paths(folder).items():
        described[name] = {'bytes': os.path.getsize(path)}
        if hashed:
            with open(path, 'rb') as file:
                described[name]['sha256'] = hashlib.file_digest(file, 'sha256').hexdigest()
    return described
