"""Good input, small, that scripts/bench/fuzz.py begins from."""

import bz2
import gzip
import json
import pathlib

import numpy as np

from common import metadata
from common import parameters
from common import record_lines
from common.pb import nlp_pb2
from common.pb import recsys_pb2
from pinterest import pairs
from pinterest import sweeps
from spotify import tfrecords
from spotify import training_examples
from tests import dump_samples
from tests import photograph_samples
from tests import playlist_samples
from wikipedia import siteinfo

SITE = siteinfo.complete(siteinfo.SiteInfo(language='en', dbname='enwiki', schema='0.11'))


def record_files() -> list[bytes]:
    """Returns record files, each behind a byte that says whether it is compressed."""
    documents = [
        nlp_pb2.TextDocument(primary='d', secondary=['e'], tokens=['x'] * count, url='é\n')
        for count in range(3)
    ]
    lines = b''.join(record_lines.encode_line(d.SerializeToString()) for d in documents)
    packed = bz2.compress(lines)
    return [b'\x00' + lines, b'\x01' + lines, b'\x80' + packed, b'\x81' + packed + packed]


def metadata_files() -> list[bytes]:
    """Returns metadata of data sets."""
    part = metadata.Part('part-00000.bz2', 2, '0' * 64)
    inputs = ({'path': 'y', 'records': 3, 'content_hash': '1'},)
    metas = [
        metadata.Meta('A', (part,), SITE.to_dict(), inputs, {'pages': 3}, {'program': 'p'}),
        metadata.Meta('A', (), None, (), {}, {}),
    ]
    return [metadata.to_json(meta).encode() for meta in metas]


def dump_files() -> list[bytes]:
    """Returns dumps of every export schema, and compressed."""
    plain = [
        dump_samples.dump(
            dump_samples.page(schema, redirect='B'), dump_samples.page(schema), schema=schema
        )
        for schema in dump_samples.SCHEMAS
    ]
    forms = [bz2.compress(plain[0]), gzip.compress(plain[0]), plain[0].decode().encode('utf-16')]
    return plain + forms


def page_blocks() -> list[bytes]:
    """Returns pages without a dump around them."""
    good = dump_samples.page().encode()
    return [good * 2, good + b'<logitem/><page/>' + good, dump_samples.head().encode()]


def wikitexts() -> list[bytes]:
    """Returns texts of pages."""
    texts = (
        "{{a|{{b}}}} [[c|d]] [[File:e.jpg|f [[g]]]] '''h''' ''i'' <ref name=j>k</ref> &amp; &#65;",
        '{| a\n|-\n! b !! c\n| d || e\n|}\n== f ==\n* g\n: h\n----\n__NOTOC__\n-{zh:i;j:k}-',
        '<!-- a --><nowiki>[[b]]</nowiki><math>c</math> [http://d e] https://f.g #REDIRECT [[h#i]]',
        'צה"ל can\'t 3.14 a_b_ カタ 漢 e\u0301 \U0001f468\u200d\U0001f467 ΟΔΟΣ \u202e',
    )
    return [text.encode() for text in texts]


def playlist_files() -> list[bytes]:
    """Returns playlists, each behind a byte that says its format."""
    lists = [playlist_samples.playlist(number, 'abc') for number in range(2)]
    slices = json.dumps({'info': {}, 'playlists': lists}).encode()
    header = 'playlist,track,artist,album,track_name,duration_ms,playlist_name,modified_at\n'
    rows = header + 'p,spotify:track:a,b,c,"d ""e""",3,f,4\np,spotify:track:g\n'
    lines = '{"playlist":"p","tracks":["t:a",{"track":"t:b"}]}\n{"playlist":1,"track":"t:c"}\n'
    texts = slices, rows.encode(), lines.encode(), b'# a\nspotify:track:a\nspotify:track:b\n'
    return [
        bytes([place + 4 * field]) + text for place, text in enumerate(texts) for field in (0, 2)
    ]


def photograph_files() -> list[bytes]:
    """Returns photographs, good and bad."""
    kinds = {**photograph_samples.good_kinds(), **photograph_samples.grey_kinds()}
    bad = [content for content, _ in photograph_samples.bad_kinds().values()]
    return [*kinds.values(), *bad]


def parameter_files() -> list[bytes]:
    """Returns parameters of models."""
    tree = {'a': {'b': np.arange(6, dtype=np.float32).reshape(2, 3)}, 'n': np.int32(7), 't': 'x'}
    chunked = {'__msgpack_chunked_array__': True, 'shape': {'0': 2}, 'chunks': {'0': np.ones(2)}}
    return [parameters.encode(tree), parameters.encode({'c': chunked})]


def sweep_files() -> list[bytes]:
    """Returns sweep files."""
    folder = pathlib.Path(sweeps.__file__).parent
    return [(folder / 'sweep.yaml').read_bytes()]


def pair_files() -> list[bytes]:
    """Returns lines of pairs."""
    line = pairs.to_json(pairs.Pair('s', 'p', (0.1, 0.2, 0.3, 0.4))).encode() + b'\n'
    return [line * 2, gzip.compress(line)]


def corpus_files() -> list[bytes]:
    """Returns corpora, each behind a byte that says its format."""
    line = b'{"id":"b1","text":"Tea, milk.","links":["b2",3]}\n'
    return [
        b'\0Tea and milk.\nBread\n',
        b'\1Tea\n\nmilk',
        b'\2' + line,
        b'\2' + gzip.compress(line),
    ]


def array_files() -> list[bytes]:
    """Returns messages that are decoded into arrays, each behind a byte that says which it is."""
    row = nlp_pb2.CooccurrenceRow(index=500, other_index=[1, 300], count=[0.5, 2.0])
    vector = recsys_pb2.Embedding(id='a', kind='scene', values=[0.5, 1.0], model_hash='x')
    tracks = np.arange(5, dtype=np.int32)
    example = training_examples.encode(
        training_examples.Row('p', 'n', tracks, tracks, tracks, 3, 1)
    )
    return [
        b'\0' + row.SerializeToString(),
        b'\1' + vector.SerializeToString(),
        b'\2' + tfrecords.frame(example) * 2,
    ]
