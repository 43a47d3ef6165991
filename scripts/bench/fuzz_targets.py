"""What scripts/bench/fuzz.py feeds with damaged bytes, and what it begins from.

A target takes any bytes. It may raise InputError, which is how bad input is refused; whatever else
it raises is a fault, and so is taking too long or too much memory.
"""

import bz2
import collections
import dataclasses
import functools
import hashlib
import json
import os
import time
from collections.abc import Callable

import fuzz_seeds
from lxml import html as lxml_html

from common import datasets
from common import errors
from common import html_report
from common import html_text
from common import metadata
from common import parameters
from common import record_lines
from common import records
from common import tokenizers
from common.pb import nlp_pb2
from common.pb import recsys_pb2
from pinterest import categories
from pinterest import embeddings
from pinterest import pairs
from pinterest import photographs
from pinterest import sweeps
from spotify import playlist_files
from spotify import playlist_formats
from spotify import tfrecords
from spotify import training_data
from wikipedia import cooccurrence_reader
from wikipedia import corpora
from wikipedia import dump_chunks
from wikipedia import dump_header
from wikipedia import dumps
from wikipedia import markup
from wikipedia import pages
from wikipedia import redirects
from wikipedia import siteinfo
from wikipedia import wikitext

_MANY = 1_000_000
# While code is being watched, and for what is compiled when it is first used.
_SECONDS_PER_MB, _START_SECONDS = 20.0, 2.0
_SIZE = 32
_SITE = fuzz_seeds.SITE
_HIDDEN = frozenset(('file', 'category', 'fr'))


@dataclasses.dataclass(frozen=True)
class Target:
    """What is fed.

    Attributes:
        run: takes the bytes; InputError is no fault.
        seeds: returns good input to begin from.
        max_bytes: of an input.
    """

    run: Callable[[bytes], object]
    seeds: Callable[[], list[bytes]]
    max_bytes: int = 1 << 14


@functools.cache
def _memory() -> int:
    return os.memfd_create('input')


def _file(data: bytes) -> str:
    """Returns the path of a file in memory, the same for each input, that nobody has to remove."""
    os.ftruncate(_memory(), 0)
    os.pwrite(_memory(), data, 0)
    return f'/proc/self/fd/{_memory()}'


def _bad() -> datasets.BadRecords:
    bad = datasets.BadRecords(_MANY)
    bad._named = _MANY  # Nothing is logged.
    return bad


def _records(data: bytes) -> None:
    """The first byte says whether the rest is a file, or lines to compress."""
    content = bz2.compress(data[1:], 1) if data[:1] < b'\x80' else data[1:]
    known = {'x': metadata.Part('x', 3, '0' * 64)} if data[:1] in b'\x01\x81' else {}
    dataset = datasets.Dataset('x', nlp_pb2.TextDocument, ('x',), known, None, _bad())
    for message in records.read(dataset, content=content):
        repr(message)


def _metadata(data: bytes) -> None:
    meta = metadata.from_json(data.decode('utf-8', 'replace'), 'x')
    metadata.to_json(meta)
    meta.describe('x')
    datasets.refuse_unrelated(
        datasets.Dataset('x', nlp_pb2.TextDocument, (), {}, meta, _bad()),
        datasets.Dataset('y', nlp_pb2.TextDocument, (), {}, meta, _bad()),
    )
    if meta.site is not None:
        siteinfo.from_dict(meta.site)


def _dump(data: bytes) -> None:
    reader = dumps.DumpReader([_file(data)], allow_truncated=True, max_bad_records=_MANY)
    reader.bad._named = _MANY
    for _ in reader.read_payloads():
        pass


def _arrays(data: bytes) -> None:
    """The first byte says what the rest is: a row of counts, a vector, or a file of playlists."""
    kind, payload = data[:1], data[1:]
    if kind == b'\2':
        part = metadata.Part('x', 1, hashlib.sha256(payload).hexdigest())
        meta = metadata.Meta('x', (part,), made_by={})
        training_data.TrainingData('x', meta, _bad()).read(part, payload)
        return
    path = _file(bz2.compress(record_lines.encode_line(payload), 1))
    if kind == b'\1':
        dataset = datasets.Dataset(path, recsys_pb2.Embedding, (path,), {}, None, _bad())
        embeddings.read(dataset)
    else:
        dataset = datasets.Dataset(path, nlp_pb2.CooccurrenceRow, (path,), {}, None, _bad())
        cooccurrence_reader.read_pairs(dataset, _MANY)


def _pages(data: bytes) -> None:
    pages.parse_block(dump_chunks.Block(0, data + b'</page>'), _SITE)
    dump_header.parse('x', data)


def _timed(data: bytes, function: Callable[[str], object]) -> None:
    """Fails when the function takes more time than the length of a text allows."""
    text = data.decode('utf-8', 'replace')
    started = time.process_time()
    function(text)
    allowed = _START_SECONDS + _SECONDS_PER_MB * len(data) / 1e6
    if time.process_time() - started > allowed:
        raise TimeoutError(f'{len(data)} bytes took over {allowed:.1f} s')


def _wikitext(text: str) -> None:
    source = markup.hide_opaque(text)
    visible = wikitext.visible_text(source, _HIDDEN)
    wikitext.first_paragraph(text, _HIDDEN)
    redirects.find_target(text, _SITE, is_redirect=True)
    for tokenize in map(tokenizers.get, tokenizers.NAMES):
        tokenize(visible.text)
        tokenize(text)


def _playlists(data: bytes) -> None:
    """The first byte says which format."""
    form = playlist_files.FORMATS[1 + data[0] % 4] if data else 'txt'
    source = playlist_files.Source(_file(data[1:]), form, 'list')
    fields = ('', 'playlist', 'x_source', 'pid')
    options = playlist_formats.Options(fields[data[0] // 4 % 4] if data else '', keep_empty=True)
    for playlist in playlist_files.parse(source, options, playlist_formats.Faults()):
        json.dumps([playlist.id, playlist.name, playlist.field], ensure_ascii=False).encode()
        for entry in playlist.entries:
            entry.track_uri.encode()


def _photographs(data: bytes) -> None:
    for function in (photographs.verify, functools.partial(photographs.load, size=_SIZE)):
        function(data)


def _parameters(data: bytes) -> None:
    parameters.decode(data, 'x')


def _sweep(data: bytes) -> None:
    sweep = sweeps.read(_file(data))
    for method in sweeps.METHODS:
        next(sweep.trials(method, 0), None)


def _html(data: bytes) -> None:
    """Renders a text as every part of an index, and looks for it in the page."""
    text = data.decode('utf-8', 'surrogateescape')
    entry = html_report.IndexEntry(1, text, text, text, 3)
    page = html_report.render(
        'index.html', title=text, pages=[entry], total=3, breadcrumbs=[html_report.Crumb(text)]
    )
    root = lxml_html.document_fromstring(page)
    wanted = html_text.clean(text).replace('\r\n', '\n').replace('\r', '\n')
    if wanted not in [element.text_content() for element in root.iter('bdi')]:
        raise AssertionError(f'{text!r} is not what the page shows')


def _tolerated(function: Callable[[str, datasets.BadRecords], object], data: bytes) -> None:
    function(_file(data), _bad())


def _corpus(data: bytes) -> None:
    form = corpora.FORMATS[data[0] % 3] if data else 'lines'
    options = corpora.Options(format=form, id_field='id', links_field='links')
    path = _file(data[1:])
    for _ in corpora.read_documents([path], options, collections.Counter(), _bad()):
        pass


_TARGETS = {
    'records': Target(_records, fuzz_seeds.record_files),
    'metadata': Target(_metadata, fuzz_seeds.metadata_files),
    'dump': Target(_dump, fuzz_seeds.dump_files),
    'pages': Target(_pages, fuzz_seeds.page_blocks),
    'wikitext': Target(
        functools.partial(_timed, function=_wikitext), fuzz_seeds.wikitexts, 1 << 16
    ),
    'corpus': Target(_corpus, fuzz_seeds.corpus_files),
    'pairs': Target(functools.partial(_tolerated, pairs.read_pairs), fuzz_seeds.pair_files),
    'categories': Target(
        functools.partial(_tolerated, categories.read_categories),
        lambda: [b'{"p": "A|B", "q": null}', b'id,category\np,A|B\nq,\n'],
    ),
    'playlists': Target(_playlists, fuzz_seeds.playlist_files),
    'photographs': Target(_photographs, fuzz_seeds.photograph_files, 1 << 16),
    'parameters': Target(_parameters, fuzz_seeds.parameter_files),
    'tfrecords': Target(
        lambda data: tfrecords.read('x', _bad(), data),
        lambda: [b''.join(map(tfrecords.frame, (b'', b'a', b'bb' * 99)))],
    ),
    'arrays': Target(_arrays, fuzz_seeds.array_files),
    'sweep': Target(_sweep, fuzz_seeds.sweep_files, 1 << 12),
    'html': Target(
        _html, lambda: [b'<a href="javascript:x">\r\n&amp;\t\x85', b's\xed\xa0\x80 \xff']
    ),
}
NAMES = tuple(_TARGETS)


def get(name: str) -> Target:
    """Returns the target of a name in NAMES.

    Raises:
        UsageError: when there is none.
    """
    if name not in _TARGETS:
        raise errors.UsageError(f'no target {name!r}; there are {", ".join(NAMES)}')
    return _TARGETS[name]


def feed(target: Target, data: bytes) -> bool:
    """Runs a target; returns whether it took the input, False when it was refused."""
    try:
        target.run(data)
    except errors.InputError:
        return False
    return True
