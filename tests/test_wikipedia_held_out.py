"""What is held out, and that nothing of it remains."""

import collections
import itertools
import random

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common.pb import nlp_pb2
from tests import article_testdata
from wikipedia import held_out
from wikipedia import redirect_resolution
from wikipedia import url_hashes


def _context(documents, redirects=redirect_resolution.NONE):
    counts = collections.Counter(document.primary for document in documents)
    repeated = [primary for primary, count in counts.items() if count > 1]
    return held_out.Context(
        redirects,
        url_hashes.to_set([url_hashes.hash_urls(list(counts))]),
        url_hashes.to_set([url_hashes.hash_urls(repeated)]),
    )


def _split(documents, options, redirects=redirect_resolution.NONE):
    """Returns what remains and what is held out, by address, and the counts."""
    counter = collections.Counter()
    splitter = held_out.Splitter(_context(documents, redirects), options, counter)
    found = {tag: {} for tag in ('', *held_out.SPLITS)}
    for document in documents:
        for tag, record in splitter.split(document):
            assert record.primary not in found[tag]
            found[tag][record.primary] = record
    return found, counter


def _has_run(tokens, run):
    return any(
        list(tokens[i : i + len(run)]) == list(run) for i in range(len(tokens) - len(run) + 1)
    )


class SplitterTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.documents = article_testdata.make_documents()
        self.redirects = redirect_resolution.build(article_testdata.make_redirects())
        self.options = held_out.Options(validation_share=0.3, test_share=0.3)
        self.found, self.counter = _split(self.documents, self.options, self.redirects)

    def test_held_out_and_kept_links_are_all_resolved_links(self):
        articles = {document.primary for document in self.documents}
        held_links = 0
        for document in self.documents:
            resolved = [article_testdata.REDIRECTS.get(url, url) for url in document.secondary]
            resolved = [u for u in dict.fromkeys(resolved) if u != document.primary]
            kept = list(self.found[''][document.primary].secondary)
            held = [list(self.found[s][document.primary].secondary)
                    for s in held_out.SPLITS if document.primary in self.found[s]]  # fmt: skip
            held = list(itertools.chain(*held))
            self.assertEqual(sorted(kept + held), sorted(resolved))
            # Both are in the order of the text.
            self.assertEqual(kept, [url for url in resolved if url in kept])
            self.assertEqual(held, [url for url in resolved if url in held])
            self.assertLessEqual(set(held), articles)
            if held:
                candidates = articles.intersection(resolved)
                self.assertLen(held, held_out.count_held(len(candidates), 0.3))
                self.assertNotEmpty(articles.intersection(kept))
            held_links += len(held)
        self.assertEqual(self.counter['links held out'], held_links)
        self.assertGreater(held_links, 50)

    def test_no_article_is_in_both_splits_and_all_remain(self):
        validation, test = (self.found[split] for split in held_out.SPLITS)
        self.assertEmpty(validation.keys() & test.keys())
        self.assertEqual(list(self.found['']), [document.primary for document in self.documents])
        # Of 60 with a chance of 0.3 each, 18 are expected, with a deviation of 3.5.
        for split in held_out.SPLITS:
            self.assertBetween(len(self.found[split]), 7, 29)
            self.assertEqual(self.counter[split], len(self.found[split]))

    def test_leads_are_gone_and_all_else_stays(self):
        held = self.found['validation'] | self.found['test']
        for document in self.documents:
            remains = self.found[''][document.primary]
            if document.primary not in held:
                self.assertEqual(remains.tokens, document.tokens)
                self.assertEqual(remains.lead_tokens, document.lead_tokens)
                continue
            self.assertEmpty(remains.lead_tokens)
            lead = document.lead_tokens
            self.assertEqual(held[document.primary].lead_tokens, lead)
            self.assertEmpty(held[document.primary].tokens)
            self.assertNotIn(lead[0], remains.tokens)
            self.assertEqual(
                list(remains.tokens),
                [*document.tokens[:3], *document.tokens[3 + len(lead) :]],
            )

    def test_neither_order_nor_partitioning_matters(self):
        shuffled = list(self.documents)
        random.Random(1).shuffle(shuffled)
        self.assertEqual(_split(shuffled, self.options, self.redirects)[0], self.found)
        other = _split(self.documents, held_out.Options(0.3, 0.3, seed=2), self.redirects)[0]
        self.assertNotEqual(other['test'].keys(), self.found['test'].keys())

    def test_a_smaller_share_is_part_of_a_larger(self):
        smaller = _split(self.documents, held_out.Options(0.0, 0.1), self.redirects)[0]
        self.assertLess(smaller['test'].keys(), self.found['test'].keys())

    def test_why_articles_are_not_picked(self):
        lead = [*'abcde']
        documents = [
            nlp_pb2.TextDocument(primary=primary, tokens=tokens, lead_tokens=lead_tokens)
            for primary, tokens, lead_tokens in (
                ('short', 'abcdefg', lead[:4]),
                ('none', 'abcdefg', ''),
                ('only', 'abcdeabcde', lead),
                ('elsewhere', 'abcdXe', lead),
                ('twice', 'abcdefg', lead),
                ('twice', 'abcdefg', lead),
                ('picked', 'abcdefg', lead),
            )
        ]
        counter = collections.Counter()
        splitter = held_out.Splitter(_context(documents), held_out.Options(0.0, 1.0), counter)
        made = [record for document in documents for record in splitter.split(document)]
        self.assertEqual([record for tag, record in made if not tag][:6], documents[:6])
        self.assertEqual([record.primary for tag, record in made if tag], ['picked'])
        self.assertEqual(
            {reason: count for reason, count in counter.items() if reason.startswith('not')},
            {
                held_out.SHORT_LEAD: 2,
                held_out.ONLY_LEAD: 1,
                held_out.LEAD_ELSEWHERE: 1,
                held_out.REPEATED: 2,
            },
        )

    @parameterized.parameters(
        (0, 0.3, 0), (1, 0.3, 0), (2, 0.3, 1), (3, 0.3, 1), (5, 0.3, 2), (10, 0.3, 3),
        (10, 1.0, 9), (10, 0.01, 1), (10, 0.0, 0),
    )  # fmt: skip
    def test_how_many_links(self, candidates, share, want):
        self.assertEqual(held_out.count_held(candidates, share), want)


class WithoutRunTest(parameterized.TestCase):
    @parameterized.parameters(
        ('xabcy', 'abc', 'xy'),
        ('abcxabc', 'abc', 'x'),
        ('ababcc', 'abc', ''),  # What is left is the run again.
        ('aaab', 'aa', 'ab'),
        ('abd', 'abc', 'abd'),
        ('ab', 'abc', 'ab'),
    )
    def test_by_hand(self, tokens, run, want):
        self.assertEqual(held_out.without_run(tokens, run), list(want))

    def test_no_run_is_left_in_random_texts(self):
        rng = np.random.default_rng(2)
        for _ in range(500):
            tokens = rng.integers(0, 2, rng.integers(0, 30)).astype(str).tolist()
            run = rng.integers(0, 2, rng.integers(1, 4)).astype(str).tolist()
            rest = held_out.without_run(tokens, run)
            self.assertFalse(_has_run(rest, run))
            self.assertEqual(rest == tokens, not _has_run(tokens, run))
            self.assertEqual((len(tokens) - len(rest)) % len(run), 0)


if __name__ == '__main__':
    absltest.main()
