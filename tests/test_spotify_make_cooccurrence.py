import collections
import itertools
import os
import pathlib
import tempfile

import numpy as np
from absl.testing import absltest

from common import records
from common import similarity
from common.pb import nlp_pb2
from spotify import item_to_item
from spotify import training_data
from tests import program_inputs
from tests import programs
from tests import training_testdata

_PROGRAM = 'spotify.make_cooccurrence'


def _read(path):
    return list(records.read(records.open_dataset(str(path), nlp_pb2.CooccurrenceRow)))


class MakeCooccurrenceTest(absltest.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dir = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        # A playlist with all tracks, and so with more pairs than a part may take.
        lists = [*training_testdata.make_lists(), range(training_testdata.NUM_TRACKS)]
        cls.lists = [[int(track) for track in row if track != 57] for row in lists]
        flags = ('--similarity=pmi', '--min_joint_count=2', '--top_k=7', '--pairs_per_part=5000')
        steps = [
            cls._step('one', *flags, records_per_part=1000),
            cls._step('many', *flags, records_per_part=60),
            cls._step('bad', '--max_bad_records=1'),
        ]
        cls._damage(cls.dir / 'data_bad' / 'train' / 'part-00001.tfrecord')
        _, _, cls.said_of_damage = program_inputs.succeed_in_chain(cls.dir, steps)
        cls.one, cls.many = cls.dir / 'one', cls.dir / 'many'

    @classmethod
    def _step(cls, name, *flags, **how):
        data = training_testdata.write_data(cls.dir / f'data_{name}', cls.lists, **how)
        return _PROGRAM, [f'--data={data}', f'--output={cls.dir / name}', *flags]

    @classmethod
    def _damage(cls, part):
        content = bytearray(part.read_bytes())
        content[40] ^= 1
        part.write_bytes(content)

    def _brute_force(self, name, min_joint_count, top_k):
        sets = [set(row) for row in self.lists]
        single = collections.Counter(itertools.chain(*sets))
        joint = collections.Counter(
            pair for row in sets for pair in itertools.permutations(sorted(row), 2)
        )
        rows = collections.defaultdict(list)
        for (left, right), count in joint.items():
            value = similarity.BY_NAME[name](count, single[left], single[right], len(sets))
            if count >= min_joint_count and value > 0:
                rows[left].append((-np.float32(value), right * 0x9E3779B1 % 2**32, right))
        return {left: sorted(row)[:top_k] for left, row in sorted(rows.items())}, single

    def test_rows_from_any_parts_equal_brute_force(self):
        rows = _read(self.one)
        self.assertEqual(rows, _read(self.many))
        parts = [name for name in os.listdir(self.one) if name.startswith('part-')]
        self.assertBetween(len(parts), 3, 6)
        self.assertEqual(sorted(os.listdir(self.one)), sorted(os.listdir(self.many)))
        wanted, single = self._brute_force('pmi', 2, 7)
        found = {row.index - 1: [other - 1 for other in row.other_index] for row in rows}
        self.assertEqual(
            found, {left: [right for *_, right in row] for left, row in wanted.items()}
        )
        self.assertEqual(list(found), sorted(found))
        for row in rows:
            values = [-value for value, *_ in wanted[row.index - 1]]
            np.testing.assert_array_equal(np.float32(row.count), values)
        (marginals,) = _read(self.many / 'marginals')
        pairs = zip(marginals.other_index, marginals.count, strict=True)
        self.assertEqual({track - 1: count for track, count in pairs}, dict(single))
        self.assertNotIn(58, marginals.other_index)

    def test_makes_a_system(self):
        system = item_to_item.load(str(self.many))
        self.assertEqual(system.num_tracks, training_testdata.NUM_TRACKS)
        meta = records.open_dataset(str(self.many), nlp_pb2.CooccurrenceRow).meta
        self.assertEqual(meta.totals, {'playlists': 151, 'tracks': 60})
        data = training_data.open_data(str(self.dir / 'data_many'))
        self.assertIn(data.track_hash, [entry['content_hash'] for entry in meta.inputs])
        wanted, _ = self._brute_force('pmi', 2, 7)
        found = system.affinities(np.arange(60), np.array([3]))[0]
        values = {left: -value for left, row in wanted.items() for value, _, r in row if r == 3}
        np.testing.assert_array_equal(found, [values.get(left, 0) for left in range(60)])

    def test_damaged_records(self):
        said = self.said_of_damage
        self.assertIn('playlists 150', said)
        self.assertRegex(said.splitlines()[-1], r'bad \(a record fails its CRC\) 1')

    def test_refusals_come_before_spark(self):
        output = f'--output={self.dir}/none'
        self.assertIn('/nowhere', programs.fail(_PROGRAM, '--data=/nowhere', output))
        flags = ('--data=/nowhere', output)
        self.assertIn('similarity', programs.fail(_PROGRAM, *flags, '--similarity=x', status=2))
        self.assertIn('top_k', programs.fail(_PROGRAM, *flags, '--top_k=0', status=2))
        self.assertIn('Reads:', programs.succeed(_PROGRAM, '--help').stdout.decode())


if __name__ == '__main__':
    absltest.main()
