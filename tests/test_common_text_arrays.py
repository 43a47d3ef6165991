import subprocess
import sys

import numpy as np
import pyarrow
from absl.testing import absltest
from absl.testing import parameterized

from common import text_arrays
from tests import programs

_TEXTS = ['b', '', 'a\0', 'é', 'b', '日本', '', 'b' * 300]
_WITHOUT_PANDAS = """
import sys
import numpy as np
from common import token_counts
counts = token_counts.from_columns(['a', 'b', 'c'], [3, 2, 1], [1, 1, 1])
blocks = [block for _, block in token_counts.to_blocks(counts, 2)]
total = token_counts.sum_blocks([*blocks, counts], 4)
assert list(token_counts.top_selector(4, 1)(total)) == [('a', 6, 2), ('b', 4, 2)], list(total)
sys.exit('pandas' in sys.modules)
"""


class TextArraysTest(parameterized.TestCase):
    @parameterized.parameters((0, 8), (3, 8), (2, 5), (4, 4))
    def test_parts_of_an_array(self, start, stop):
        array = text_arrays.from_strings(_TEXTS)[start:stop]
        self.assertEqual(array.to_pylist(), _TEXTS[start:stop])
        self.assertIsNone(array.validate(full=True))
        offsets, data = text_arrays.to_bytes(array)
        again = text_arrays.from_bytes(pyarrow.StringArray, offsets, data)
        self.assertEqual(again.to_pylist(), _TEXTS[start:stop])
        distinct, numbers = text_arrays.number(array)
        found = distinct.to_pylist()
        self.assertLen(set(found), len(found))
        self.assertEqual([found[number] for number in numbers], _TEXTS[start:stop])

    def test_take(self):
        array = text_arrays.from_strings(_TEXTS)
        for places in ([], [7], [3, 0, 0]):
            taken = text_arrays.take(array, np.array(places, np.int32))
            self.assertEqual(taken.to_pylist(), [_TEXTS[place] for place in places])

    def test_nothing(self):
        nothing = text_arrays.from_strings([])
        self.assertEmpty(nothing.to_pylist())
        distinct, numbers = text_arrays.number(nothing)
        self.assertEqual((len(distinct), numbers.tolist()), (0, []))
        offsets, data = text_arrays.to_bytes(nothing)
        self.assertEqual((offsets.tolist(), len(data)), ([0], 0))

    def test_bytes_that_are_no_text(self):
        array = text_arrays.from_bytes(
            pyarrow.BinaryArray, np.array([0, 1, 3], np.int32), b'\xffab'
        )
        self.assertEqual(array.to_pylist(), [b'\xff', b'ab'])

    def test_counting_leaves_pandas_alone(self):
        subprocess.run([sys.executable, '-c', _WITHOUT_PANDAS], cwd=programs.ROOT, check=True)


if __name__ == '__main__':
    absltest.main()
