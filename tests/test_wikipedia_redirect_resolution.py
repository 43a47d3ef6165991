"""Chains, circles and duplicates of redirects, and what they cost."""

import random

import numpy as np
from absl.testing import absltest
from absl.testing import parameterized

from common.pb import nlp_pb2
from common.pb import recsys_pb2
from wikipedia import redirect_resolution
from wikipedia import url_hashes

_BASE = 'https://xx.example/wiki/'


def _build(*pairs):
    return redirect_resolution.build(
        recsys_pb2.Redirect(url=url, target=target) for url, target in pairs
    )


class RedirectResolutionTest(parameterized.TestCase):
    def test_chains_lead_to_their_end(self):
        redirects = _build(('a', 'b'), ('c', 'd'), ('b', 'c'), ('x', 'd'))
        self.assertEqual(redirects.resolve(['a', 'b', 'c', 'd', 'x', 'y']), [*'ddddd', 'y'])
        self.assertEqual(redirects.circular, 0)

    @parameterized.parameters(1, 2, 3, 7)
    def test_circles_and_what_leads_into_them_lead_nowhere(self, size):
        circle = [(f'{i}', f'{(i + 1) % size}') for i in range(size)]
        redirects = _build(*circle, ('into', '0'), ('a', 'b'))
        urls = [*map(str, range(size)), 'into', 'a']
        self.assertEqual(redirects.resolve(urls), [*urls[:-1], 'b'])
        self.assertEqual(redirects.circular, size + 1)

    def test_first_of_two_redirects_of_one_page_counts(self):
        redirects = _build(('a', 'z'), ('b', 'c'), ('a', 'b'))
        self.assertEqual(redirects.resolve(['a', 'b']), ['z', 'c'])
        self.assertLen(redirects, 2)

    def test_long_chain(self):
        redirects = _build(*((f'{i}', f'{i + 1}') for i in range(1000)))
        self.assertEqual(redirects.resolve(['0', '500', '999', '1000']), ['1000'] * 4)

    def test_any_script_and_any_prefix(self):
        pairs = [(_BASE + 'Ж', _BASE + '東京'), ('других', 'http://y/ö'), ('', '')]
        redirects = _build(*pairs)
        urls = [url for url, _ in pairs]
        self.assertEqual(redirects.resolve(urls), [_BASE + '東京', 'http://y/ö', ''])

    def test_none(self):
        for redirects in (redirect_resolution.NONE, redirect_resolution.load(None), _build()):
            self.assertEqual(redirects.resolve(['a']), ['a'])
            self.assertEqual(redirects.resolve([]), [])
            self.assertEmpty(redirects)

    def test_links_are_distinct_and_not_the_page_itself(self):
        redirects = _build(('r', 'a'), ('me too', 'me'))
        document = nlp_pb2.TextDocument(primary='me', secondary=['r', 'b', 'a', 'me too', 'c'])
        self.assertEqual(redirects.links(document), ['a', 'b', 'c'])

    def test_equal_to_following_one_by_one_and_small(self):
        rng = random.Random(3)
        table = {f'{_BASE}{i}': f'{_BASE}{rng.randrange(3000)}' for i in range(2000)}
        redirects = _build(*table.items())
        urls = [f'{_BASE}{i}' for i in range(3000)]
        wanted = []
        for url in urls:
            seen, at = {url}, url
            while at in table and table[at] not in seen:
                at = table[at]
                seen.add(at)
            wanted.append(url if at in table else at)
        self.assertEqual(redirects.resolve(urls), wanted)
        # By hand: 8 + 4 a redirect, and for up to as many targets 8 and four digits.
        self.assertLessEqual(redirects.nbytes, 2000 * (12 + 12) + 8)


class UrlHashesTest(absltest.TestCase):
    def test_numbers_are_fixed_for_all_time(self):
        # From hashlib.blake2b(b'', digest_size=8, key=bytes(8)): what is held out follows from it.
        self.assertEqual(url_hashes.hash_text(''), 14100770264707963708)
        self.assertNotEqual(url_hashes.hash_text('a', 1), url_hashes.hash_text('a', 2))

    def test_sets(self):
        members = url_hashes.to_set([url_hashes.hash_urls(['b', 'a']), url_hashes.hash_urls(['b'])])
        self.assertLen(members, 2)
        np.testing.assert_array_equal(
            url_hashes.are_in(['a', 'c', 'b', ''], members), [True, False, True, False]
        )
        self.assertFalse(url_hashes.are_in(['a'], url_hashes.to_set([])).any())


if __name__ == '__main__':
    absltest.main()
