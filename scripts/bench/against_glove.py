"""What against_glove.sh does between the programs that it measures.

python scripts/bench/against_glove.py text DOCS FILE: a line of words for each document.
python scripts/bench/against_glove.py scores WORK RESULTS.jsonl: evaluates what the steps left in
the folder WORK, prints a table, and appends a line of JSON to RESULTS.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

_ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(_ROOT))

from common import dictionary  # noqa: E402
from common import models  # noqa: E402
from common import records  # noqa: E402
from common.pb import nlp_pb2  # noqa: E402
from wikipedia import cooccurrence_reader  # noqa: E402
from wikipedia import glove  # noqa: E402
from wikipedia import glove_training  # noqa: E402

_BREAK = re.compile(r'[ \t\r\n]')
_X_MAX, _ALPHA = 10.0, 0.75
_BLOCK = 1 << 16
_COUNT_STEPS = {
    'theirs': ('vocab_count', 'cooccur', 'shuffle'),
    'ours': ('make_dictionary', 'make_cooccurrence'),
}


def main() -> None:
    """Runs the step."""
    step, *paths = sys.argv[1:]
    {'text': _write_text, 'scores': _score}[step](*paths)


def _write_text(docs: str, path: str) -> None:
    data = records.open_dataset(docs, nlp_pb2.TextDocument, records.ReadOptions())
    with open(path, 'w', encoding='utf-8', newline='\n') as file:
        for document in records.read(data, threads=os.cpu_count() or 1):
            line = ' '.join(document.tokens)
            if len(_BREAK.findall(line)) != max(0, len(document.tokens) - 1):
                sys.exit(f'{docs}: a word of {document.url or document.primary} holds white space')
            file.write(line + '\n')


def _score(work: str, results: str) -> None:
    folder = pathlib.Path(work)
    lines = [json.loads(line) for line in (folder / 'times.jsonl').read_text().splitlines()]
    times = {line['name']: line for line in lines}  # The last of each step.
    path = str(folder / 'token.tstat.pb.b64.bz2')
    options = records.ReadOptions()
    stats = records.open_dataset(path, nlp_pb2.TokenStat, options)
    words = dictionary.TokenDictionary(records.read(stats), path)
    data = records.open_dataset(str(folder / 'cooccurrence'), nlp_pb2.CooccurrenceRow, options)
    pairs = cooccurrence_reader.read_pairs(data, words.embedding_size(), threads=2)
    rows = []
    for name in [name for name in times if 'x_max' in name]:
        rows.extend(_theirs(folder, name, words, pairs, times))
    rows.append(_ours(folder, pairs, times))
    print(_table(rows))
    line = {'words': len(words), 'pairs': len(pairs), 'cores': os.cpu_count(), 'models': rows}
    with open(results, 'a', encoding='utf-8') as file:
        file.write(json.dumps({**line, 'times': times}) + '\n')


def _theirs(
    folder: pathlib.Path,
    name: str,
    words: dictionary.TokenDictionary,
    pairs: cooccurrence_reader.Pairs,
    times: dict[str, Any],
) -> Iterator[dict[str, Any]]:
    """Makes a model of the sum of their two tables, in our order; yields its row of the table.

    A second row has its origin where ours puts it, which changes no prediction of theirs either.
    """
    lines = (folder / 'vocab').read_text(encoding='utf-8').split('\n')
    vocabulary = [line.split(' ')[0] for line in lines if line]
    if sorted(vocabulary) != sorted(words.tokens):
        sys.exit(f'{folder}: the two dictionaries hold different words')
    saved = np.fromfile(folder / f'theirs_{name.split()[-1]}.bin').astype(np.float32)
    both = saved.reshape(2, len(vocabulary), -1)
    tables = np.zeros((2, 1 + len(vocabulary), both.shape[2]), np.float32)
    places = {token: place for place, token in enumerate(vocabulary)}
    tables[:, 1:] = both[:, [places[token] for token in words.tokens]]
    loss = (_loss(*tables, pairs) + _loss(*tables[::-1], pairs)) / 2
    total = tables.sum(axis=0)
    centered = glove.recenter(total, glove_training.center_weights(pairs, len(total)))
    for title, table in ((name, total), (f'{name}, our origin', centered)):
        model = f'{folder}/{title.replace(" ", "_")}'
        tree = glove.from_table(table)
        dictionaries = {models.TOKEN_DICTIONARY: words}
        models.save_model(model, tree, dictionaries, {'model': 'glove'}, overwrite=True)
        yield _row(title, model, loss, _seconds('theirs', times), times[name])


def _ours(
    folder: pathlib.Path, pairs: cooccurrence_reader.Pairs, times: dict[str, Any]
) -> dict[str, Any]:
    model = f'{folder}/ours'
    tree = models.load_parameters(model)
    table = np.concatenate([tree['token_embedding']['embedding'], tree['bias']['embedding']], 1)
    loss = _loss(table, table, pairs)
    name = 'train_cooccurrence'
    return _row(name, model, loss, _seconds('ours', times), times[name])


def _loss(first: np.ndarray, second: np.ndarray, pairs: cooccurrence_reader.Pairs) -> float:
    """Returns the mean loss of a model of two tables, float[V, D + 1], biases last."""
    total = 0.0
    for start in range(0, len(pairs), _BLOCK):
        block = slice(start, start + _BLOCK)
        left, right = first[pairs.rows[block]], second[pairs.columns[block]]
        dots = np.einsum('ij,ij->i', left[:, :-1], right[:, :-1])
        counts = pairs.counts[block]
        misses = dots + left[:, -1] + right[:, -1] - np.log(counts)
        weights = np.minimum(1.0, counts / _X_MAX) ** _ALPHA
        total += float(np.sum(weights * misses**2, dtype=np.float64))
    return total / len(pairs)


def _seconds(side: str, times: dict[str, Any]) -> float:
    return sum(times[step]['seconds'] for step in _COUNT_STEPS[side])


def _row(
    name: str, model: str, loss: float, counting: float, time: dict[str, Any]
) -> dict[str, Any]:
    """Evaluates a model by our program."""
    command = [sys.executable, '-m', 'wikipedia.evaluate_embeddings', '--format=json']
    command += [f'--model_dir={model}']
    found = json.loads(subprocess.run(command, cwd=_ROOT, check=True, capture_output=True).stdout)
    scores = {entry['name']: entry['spearman'] for entry in found['word_pairs']}
    return {
        'name': name,
        'count_seconds': round(counting, 1),
        'train_seconds': time['seconds'],
        'train_peak_bytes': time['peak_bytes'],
        'loss': loss,
        'analogies': found['analogies'][0]['accuracy'],
        'simlex': scores['simlex999.txt'],
        'wordsim': scores['wordsim353.tsv'],
    }


def _table(rows: list[dict[str, Any]]) -> str:
    """Returns the rows as a table of Markdown."""
    lines = [
        '| | count | train | memory of training | loss, x_max 10 | analogies | SimLex | WordSim |',
        '|---|---|---|---|---|---|---|---|',
    ]
    for row in rows:
        lines.append(
            f'| {row["name"]} | {row["count_seconds"]:.0f} s | {row["train_seconds"]:.0f} s '
            f'| {row["train_peak_bytes"] / 1e9:.2f} GB | {row["loss"]:.4f} '
            f'| {100 * row["analogies"]:.1f} % | {row["simlex"]:.3f} | {row["wordsim"]:.3f} |'
        )
    return '\n'.join(lines)


if __name__ == '__main__':
    main()
