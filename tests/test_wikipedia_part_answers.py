"""Tests of asking parts."""

from absl.testing import absltest

from tests import ranker_testdata
from wikipedia import article_parts
from wikipedia import part_answers


class AskTest(absltest.TestCase):
    def setUp(self):
        super().setUp()
        self.search = ranker_testdata.FakePart('search', lambda query: 'dcba')
        self.graph = ranker_testdata.FakePart('graph', lambda query: query.seeds[::-1])

    def test_a_text_enters_by_what_search_finds(self):
        query = article_parts.Query(tokens=('x',))
        answer = part_answers.ask([self.graph, self.search], query, 2, num_anchors=3)
        self.assertEqual(answer.query.seeds, ('d', 'c', 'b'))
        self.assertEqual(answer.query.seed_weights, (1.0, 1 / 2, 1 / 3))
        self.assertEqual(answer.query.tokens, ('x',))
        # In the order of the parts, no longer than was asked for.
        self.assertEqual([found.urls for found in answer.found], [('b', 'c'), ('d', 'c')])
        self.assertEqual(answer.found[1].scores, (1.0, 1 / 2))
        self.assertLen(self.search.asked, 1)
        self.assertEqual(self.graph.asked, [answer.query])

    def test_an_article_keeps_its_seeds(self):
        query = article_parts.Query(article='z', seeds=('z', 'a'), seed_weights=(1.0, 1.0))
        answer = part_answers.ask([self.search, self.graph], query, 9)
        self.assertEqual(answer.query, query)
        self.assertEqual(answer.found[1].urls, ('a', 'z'))

    def test_many_queries_are_answered_as_one_by_one(self):
        parts = [self.search, self.graph]
        queries = [article_parts.Query(tokens=(str(number),)) for number in range(150)]
        queries[70] = article_parts.Query(article='z', seeds=('a', 'b'), seed_weights=(1.0, 1.0))
        together = list(part_answers.ask_in_blocks(parts, queries, 3))
        self.assertEqual(together, [part_answers.ask(parts, query, 3) for query in queries])

    def test_without_search_there_are_no_anchors(self):
        answer = part_answers.ask([self.graph], article_parts.Query(tokens=('x',)), 9)
        self.assertEqual(answer.found, (article_parts.Found(),))

    def test_search_may_find_nothing(self):
        search = ranker_testdata.FakePart('search', lambda query: '')
        answer = part_answers.ask([search, self.graph], article_parts.Query(tokens=('x',)), 9)
        self.assertEqual(answer.found, (article_parts.Found(),) * 2)


if __name__ == '__main__':
    absltest.main()
