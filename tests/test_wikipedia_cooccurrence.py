import collections
import fractions
import random

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common.pb import nlp_pb2
from wikipedia import cooccurrence


def _brute_force(documents, window):
    cells = collections.Counter()
    for tokens in documents:
        for i, left in enumerate(tokens):
            for j in range(i + 1, min(i + window + 1, len(tokens))):
                if left != tokens[j]:
                    pair = max(left, tokens[j]), min(left, tokens[j])
                    cells[pair] += fractions.Fraction(1, j - i)
    return {pair: np.float32(float(count)) for pair, count in cells.items()}


def _random_documents(seed, number=12, vocabulary=13):
    rng = random.Random(seed)
    return [
        [min(int(rng.paretovariate(0.6)), vocabulary) for _ in range(rng.randrange(40))]
        for _ in range(number)
    ]


def _count(documents, window):
    indices = np.array([index for tokens in documents for index in tokens], np.int32)
    numbers = np.repeat(np.arange(len(documents)), [len(tokens) for tokens in documents])
    return list(cooccurrence.count(indices, numbers, window))


def _to_cells(payloads):
    rows = [nlp_pb2.CooccurrenceRow.FromString(payload) for payload in payloads]
    return rows, {
        (row.index, column): np.float32(count)
        for row in rows
        for column, count in zip(row.other_index, row.count, strict=True)
    }


class CooccurrenceTest(parameterized.TestCase):
    @parameterized.product(window=(1, 2, 5, 10, 20), seed=(1, 2))
    def test_equals_brute_force(self, window, seed):
        documents = _random_documents(seed)
        merged = cooccurrence.merge(_count(documents, window))
        _, cells = _to_cells(cooccurrence.to_payloads(merged, window, 1000))
        self.assertEqual(cells, _brute_force(documents, window))

    @parameterized.parameters(1, 4, 12, 100)
    def test_frequent_and_rare_words_are_counted_alike(self, narrow):
        documents = _random_documents(6, number=40)
        with absltest.mock.patch.object(cooccurrence, '_NARROW_INDICES', narrow):
            merged = cooccurrence.merge(_count(documents, 7))
        _, cells = _to_cells(cooccurrence.to_payloads(merged, 7, 1000))
        self.assertEqual(cells, _brute_force(documents, 7))

    def test_indices_about_the_limit_of_32_bits(self):
        limit = cooccurrence._NARROW_INDICES
        rng = random.Random(7)
        near = [0, 1, limit - 2, limit - 1, limit, limit + 1, (1 << 16) + 1, cooccurrence.MAX_INDEX]
        documents = [rng.choices(near, k=60) for _ in range(20)]
        merged = cooccurrence.merge(_count(documents, 20))
        self.assertTrue((merged[0][1:] > merged[0][:-1]).all())
        _, cells = _to_cells(cooccurrence.to_payloads(merged, 20, 1000))
        self.assertEqual(cells, _brute_force(documents, 20))

    def test_chunks_do_not_matter(self):
        documents = _random_documents(3, number=30)
        whole = cooccurrence.merge(_count(documents, 5))
        with absltest.mock.patch.object(cooccurrence, '_CHUNK_TOKENS', 2):
            chunks = _count(documents, 5)
        self.assertGreater(len(chunks), 10)
        for merged in (
            cooccurrence.merge(chunks),
            cooccurrence.merge_bounded(iter(chunks), max_pending=10),
        ):
            np.testing.assert_array_equal(merged[0], whole[0])
            np.testing.assert_array_equal(merged[1], whole[1])

    @parameterized.parameters(0, 1000)
    def test_tables_and_sorting_merge_alike(self, places):
        rng = np.random.default_rng(8)
        counts = []
        for rows in (slice(50, 60), slice(52, 53), slice(58, 64), slice(55, 55)):
            table = rng.integers(0, 3, (64, 64)) * (1 << 40)
            table[: rows.start] = table[rows.stop :] = 0
            row, column = np.nonzero(np.tril(table, -1))
            counts.append((cooccurrence.row_keys(row) | column, table[row, column]))
        with absltest.mock.patch.object(cooccurrence, '_PLACES_A_CELL', places):
            keys, sums = cooccurrence.merge(counts)
        wanted = collections.Counter()
        for one in counts:
            wanted.update(dict(zip(*(values.tolist() for values in one), strict=True)))
        self.assertEqual(
            list(zip(keys.tolist(), sums.tolist(), strict=True)), sorted(wanted.items())
        )

    @parameterized.parameters(1, 1 << 40)
    def test_packed_cells_come_back(self, factor):
        # Sums that do not fit into 32 bits take the wider form.
        keys, sums = cooccurrence.merge(_count(_random_documents(5), 3))
        for stop in (len(keys), 1, 0):
            packed = cooccurrence.pack((keys[:stop], factor * sums[:stop]))
            found = cooccurrence.unpack(packed)
            np.testing.assert_array_equal(found[0], keys[:stop])
            np.testing.assert_array_equal(found[1], factor * sums[:stop])
        wide = 4 if factor == 1 else 8
        self.assertLen(cooccurrence.pack((keys, factor * sums))[-1], wide * len(keys))

    def test_long_rows_are_split(self):
        merged = cooccurrence.merge(_count(_random_documents(4), 10))
        _, whole = _to_cells(cooccurrence.to_payloads(merged, 10, 1000))
        rows, cells = _to_cells(cooccurrence.to_payloads(merged, 10, 3))
        self.assertEqual(cells, whole)
        self.assertLessEqual(max(len(row.other_index) for row in rows), 3)
        self.assertGreater(len(rows), len({row.index for row in rows}))

    def test_large_indices(self):
        top = cooccurrence.MAX_INDEX
        merged = cooccurrence.merge(_count([[top, 0, top - 1]], 2))
        _, cells = _to_cells(cooccurrence.to_payloads(merged, 2, 10))
        self.assertEqual(cells, {(top, 0): 1, (top - 1, 0): 1, (top, top - 1): 0.5})
        with self.assertRaisesRegex(ValueError, 'an index'):
            _count([[top + 1, 0]], 2)

    def test_empty(self):
        self.assertEmpty(list(cooccurrence.to_payloads(cooccurrence.merge(()), 5, 10)))
        self.assertEmpty(cooccurrence.merge(_count([[], [7]], 3))[0])

    @parameterized.parameters(0, 21)
    def test_window_out_of_range(self, window):
        with self.assertRaisesRegex(ValueError, 'window'):
            _count([[1, 2]], window)


if __name__ == '__main__':
    absltest.main()
