"""Pairs of words as text for people and as JSON for programs."""

import json

from common import dictionary
from wikipedia import cooccurrence_pairs
from wikipedia import neighbors
from wikipedia import terms


def to_text(
    term: terms.Term, pairs: cooccurrence_pairs.Pairs, words: dictionary.TokenDictionary
) -> str:
    """Returns the pairs of a term as a paragraph for a terminal."""
    heading = neighbors.show(term.term)
    if term.token != term.term:
        heading += f' ({neighbors.show(term.token)})'
    heading += f', with {pairs.partners:,} others, sum of counts {pairs.total:,.1f}'
    lines = [heading]
    if term.bucket is not None:
        lines.append(f'  {_bucket_note(term, pairs)}')
    tokens = [neighbors.show(words.token_from_embedding_index(i)) for i in pairs.others.tolist()]
    width = max(map(len, tokens), default=0)
    lines += [
        f'  {token:<{width}}  {count:12,.3f}'
        for token, count in zip(tokens, pairs.counts.tolist(), strict=True)
    ]
    return '\n'.join(lines) + '\n'


def to_json(
    term: terms.Term, pairs: cooccurrence_pairs.Pairs, words: dictionary.TokenDictionary
) -> str:
    """Returns the pairs of a term as one line of JSON without a line feed."""
    fields = {
        'term': term.term,
        'token': term.token,
        'index': term.index,
        'bucket': term.bucket,
        'partners': pairs.partners,
        'total': pairs.total,
        'pairs': [
            {'token': words.token_from_embedding_index(index), 'count': float(f'{count:.9g}')}
            for index, count in zip(pairs.others.tolist(), pairs.counts.tolist(), strict=True)
        ],
    }
    return json.dumps(fields, ensure_ascii=False)


def _bucket_note(term: terms.Term, pairs: cooccurrence_pairs.Pairs) -> str:
    if not pairs.partners:
        return 'Not in the dictionary, and nothing was counted for its min-hash bucket.'
    return (
        f'Not in the dictionary: these are the pairs of its min-hash bucket {term.bucket}, which '
        'it shares with other rare words.'
    )
