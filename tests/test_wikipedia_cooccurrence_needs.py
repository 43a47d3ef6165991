"""What make_cooccurrence is estimated to take."""

from absl.testing import absltest

from wikipedia import cooccurrence_needs

_MB = 10**6


class CooccurrenceNeedsTest(absltest.TestCase):
    def test_what_was_measured(self):
        # Bytes of one part, and of its blocks as Spark compresses them.
        for window, scratch in ((2, 4526901), (5, 10883773), (10, 19025284), (20, 35290595)):
            found = cooccurrence_needs.estimate(3079783, window, 2_000_000, 2)
            self.assertBetween(found.scratch / scratch, 1.0, 1.1)
        # Whole runs on 34,903,707 bytes: bytes of output, and of memory.
        for window, output, memory in ((2, 8858798, 763153408), (10, 48299480, 1241408512)):
            found = cooccurrence_needs.estimate(34903707, window, 2_000_000, 2)
            self.assertBetween(found.output / output, 1.0, 1.25)
            self.assertBetween(found.memory / memory, 1.0, 1.15)

    def test_grows_with_all_that_matters(self):
        least = cooccurrence_needs.estimate(100 * _MB, 1, 1000, 1)
        self.assertEqual((least.scratch, least.output), (160 * _MB, 30 * _MB))
        wider = cooccurrence_needs.estimate(100 * _MB, 15, 1000, 1)
        self.assertEqual((wider.scratch, wider.output), (925 * _MB, 185 * _MB))
        self.assertGreater(wider.memory, least.memory)
        larger = cooccurrence_needs.estimate(100 * _MB, 1, 12_000_000, 3)
        worker = least.memory - cooccurrence_needs.estimate(0, 1, 1000, 0).memory
        self.assertEqual(larger.memory - least.memory, 2 * worker + 3 * 56 * 10 * _MB)


if __name__ == '__main__':
    absltest.main()
