"""How many words a second the counting core of make_cooccurrence counts on one core.

python scripts/bench/cooccurrence_core.py DOCS DICTIONARY [--window=10] [--glove=DIR]

DOCS are TextDocument records. The clock runs from serialized documents to summed cells: parsing
them, looking the words up, counting and merging, in one thread. With --glove, Stanford's `cooccur`
of that folder gets the same words, a document a line, from a file in memory; its vocabulary is
read, and cells are written to a file in memory. Prints a line of JSON.
"""

import argparse
import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from common import processors

os.environ.update(processors.numpy_environment())  # As our programs do on Spark.

from common import dictionary
from common import records
from common.pb import nlp_pb2
from wikipedia import cooccurrence
from wikipedia import cooccurrence_job
from wikipedia import token_fields
from wikipedia import word_lookup

_CELLS_PER_PART = 2_000_000  # As make_cooccurrence has it by default.
_DOCUMENTS_A_TASK = 700  # About as many as a part holds.


def _count_ours(
    payloads: list[bytes], words: dictionary.TokenDictionary, window: int
) -> dict[str, float]:
    indices = {token: 1 + index for index, token in enumerate(words.tokens)}
    counter: collections.Counter[str] = collections.Counter()
    options = cooccurrence_job.Options(window, False, 1000, _CELLS_PER_PART)
    boundaries = cooccurrence_job.row_boundaries(words, options)
    began = time.perf_counter()
    found = []
    for start in range(0, len(payloads), _DOCUMENTS_A_TASK):
        task = map(token_fields.parse, payloads[start : start + _DOCUMENTS_A_TASK])
        found.append(word_lookup.look_up(task, indices, None, counter))
    looked_up = time.perf_counter()
    blocks = collections.defaultdict(list)
    for places, numbers in found:
        for counted in cooccurrence.count(places, numbers, window):
            for number, packed in cooccurrence_job.split(counted, boundaries):
                blocks[number].append(packed)
    cells = 0
    for packed in blocks.values():
        cells += len(cooccurrence.merge_bounded(map(cooccurrence.unpack, packed))[0])
    done = time.perf_counter()
    return {
        'words': counter['words'],
        'cells': cells,
        'seconds': round(done - began, 2),
        'seconds_of_looking_up': round(looked_up - began, 2),
    }


def _count_theirs(
    payloads: list[bytes],
    words: dictionary.TokenDictionary,
    window: int,
    program: str,
) -> dict[str, float]:
    memory = '/dev/shm' if os.path.isdir('/dev/shm') else None
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        corpus, vocabulary = pathlib.Path(folder, 'corpus'), pathlib.Path(folder, 'vocabulary')
        with open(corpus, 'w', encoding='utf-8') as file:
            documents = map(nlp_pb2.TextDocument.FromString, payloads)
            file.writelines(' '.join(document.tokens) + '\n' for document in documents)
        with open(vocabulary, 'w', encoding='utf-8') as file:
            pairs = zip(words.tokens, words.frequencies, strict=True)
            file.writelines(f'{token} {frequency}\n' for token, frequency in pairs)
        flags = ['-verbose', '0', '-symmetric', '1', '-window-size', str(window), '-memory', '4']
        files = ['-vocab-file', str(vocabulary), '-overflow-file', f'{folder}/overflow']
        with open(corpus, 'rb') as source, open(f'{folder}/cells', 'wb') as cells:
            began = time.perf_counter()
            subprocess.run([program, *flags, *files], stdin=source, stdout=cells, check=True)
            seconds = time.perf_counter() - began
    return {'seconds': round(seconds, 2)}


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('docs')
    parser.add_argument('dictionary')
    parser.add_argument('--window', type=int, default=10)
    parser.add_argument('--glove', help="folder of Stanford's cooccur")
    flags = parser.parse_args()
    words = dictionary.TokenDictionary.load(flags.dictionary)
    data = records.open_dataset(flags.docs, nlp_pb2.TextDocument, records.ReadOptions())
    payloads = list(records.read_payloads(data, threads=os.cpu_count() or 1))
    if hasattr(os, 'sched_setaffinity'):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    found = {'ours': _count_ours(payloads, words, flags.window)}
    if flags.glove:
        program = os.path.join(flags.glove, 'cooccur')
        found['theirs'] = _count_theirs(payloads, words, flags.window, program)
    print(json.dumps(found))


if __name__ == '__main__':
    main()
