import binascii
import collections

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common import dictionary
from common import errors
from common import token_counts
from common.pb import nlp_pb2


def _stats(*tokens):
    return [nlp_pb2.TokenStat(token=t, index=i, frequency=9 - i) for i, t in enumerate(tokens)]


class MinhashTest(parameterized.TestCase):
    def test_short_tokens_are_one_piece(self):
        for token in ('', 'a', 'abcd'):
            self.assertEqual(dictionary.minhash(token), binascii.crc32(token.encode()) & 0xFFFF)

    @parameterized.parameters('abcde', 'abcdefghij', 'abcdefghijklmnop', 'ёлка', '東京都')
    def test_smallest_of_all_pieces_of_the_first_ten_bytes(self, token):
        data = token.encode()[:10]
        pieces = [data[i : i + 4] for i in range(len(data)) if len(data[i : i + 4]) == 4]
        self.assertEqual(dictionary.minhash(token), min(binascii.crc32(p) & 0xFFFF for p in pieces))


class TokenDictionaryTest(absltest.TestCase):
    def test_embedding_indices(self):
        words = dictionary.TokenDictionary(_stats('the', 'of'))
        self.assertEqual(words.embedding_index('the'), 1)
        self.assertEqual(words.embedding_index('of'), 2)
        self.assertEqual(words.embedding_index('zebra'), 3 + dictionary.minhash('zebra'))
        self.assertEqual(words.embedding_size(), 1 + 2 + 65536)
        self.assertEqual(words.token_from_embedding_index(0), '<mask>')
        self.assertEqual(words.token_from_embedding_index(2), 'of')
        self.assertEqual(words.token_from_embedding_index(3 + 7), '<bucket 7>')
        with self.assertRaises(IndexError):
            words.token_from_embedding_index(words.embedding_size())

    def test_refuses_disorder(self):
        with self.assertRaisesRegex(errors.InputError, 'entry 0 says index 1'):
            dictionary.TokenDictionary(reversed(_stats('a', 'b')))
        with self.assertRaisesRegex(errors.InputError, 'occurs twice'):
            dictionary.TokenDictionary(_stats('a', 'a'))

    def test_save_and_load(self):
        path = self.create_tempdir().full_path + '/t.tstat.pb.b64.bz2'
        dictionary.save(path, _stats('a', 'b'))
        self.assertEqual(dictionary.TokenDictionary.load(path).stats(), _stats('a', 'b'))


def _counts(counts):
    return token_counts.from_columns(*zip(*counts, strict=True))


class TokenCountsTest(parameterized.TestCase):
    @parameterized.parameters(1, 2, 3, 4, 5, 6, 7, 100)
    def test_cut_keeps_just_the_top(self, size):
        counts = [(t, n, 1) for t, n in zip('fedcba', [3, 3, 3, 5, 1, 3], strict=True)]
        halves = (_counts(counts[:2]), _counts(counts[2:]))
        histogram = sum(
            map(token_counts.frequency_histogram, halves),
            start=type(token_counts.frequency_histogram(halves[0]))(),
        )
        select = token_counts.top_selector(*token_counts.cut_frequency(histogram, size))
        selected = [count for half in halves for count in select(half)]
        found = [token for token, _, _ in token_counts.top(selected, size)]
        self.assertEqual(found, list('cadefb')[:size])  # By hand: 5, then 3 by name, then 1.

    def test_blocks_sum_to_the_whole(self):
        counts = [(f't{i % 10}', 1 + i, 1) for i in range(40)]
        # A token stands once in a block.
        quarters = [counts[start : start + 10] for start in range(0, 40, 10)]
        blocks = [list(token_counts.to_blocks(_counts(quarter), 3)) for quarter in quarters]
        merged = [
            count
            for number in range(3)
            for count in token_counts.sum_blocks(
                (b for quarter in blocks for n, b in quarter if n == number), 70
            )
        ]
        # By hand: t0 has 1 + 11 + 21 + 31 = 64, t2 has 72 and t9 has 100.
        self.assertEqual(sorted(merged), [(f't{i}', 64 + 4 * i, 4) for i in range(2, 10)])

    def test_a_token_is_in_one_block_wherever_it_stands(self):
        tokens = [
            '',
            '\0',
            'a',
            'a\0',
            '\0a',
            'é',
            'x' * 200,
            'y' * 63 + 'z',
            *map(str, range(300)),
        ]
        ways = (tokens, tokens[::-1], tokens[3:7])
        places = []
        for way in ways:
            counts = token_counts.from_columns(way, [1] * len(way), [1] * len(way))
            found = list(token_counts.to_blocks(counts.take(np.arange(len(way))), 5))
            places.append({token: number for number, block in found for token, _, _ in block})
            self.assertLen(places[-1], len(way))
        self.assertEqual(places[0], places[1])
        self.assertEqual(places[0], places[0] | places[2])
        shares = collections.Counter(places[0].values())
        self.assertLen(shares, 5)
        self.assertLess(max(shares.values()), 2 * min(shares.values()))

    def test_large_sums_and_nothing(self):
        block = _counts([('a', 1 << 50, 1 << 31), ('b', 3, 1)])
        found = list(token_counts.sum_blocks([block, block, block], 10))
        self.assertEqual(found, [('a', 3 << 50, 3 << 31)])
        nothing = token_counts.sum_blocks([], 1)
        self.assertEmpty(nothing)
        self.assertEmpty(list(token_counts.to_blocks(nothing, 3)))
        self.assertEmpty(token_counts.frequency_histogram(nothing))
        self.assertEmpty(token_counts.top_selector(0, 0)(nothing))
        self.assertEmpty(list(token_counts.sum_blocks([block], 1 << 60)))


if __name__ == '__main__':
    absltest.main()
