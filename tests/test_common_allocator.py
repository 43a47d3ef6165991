"""Tests of common/allocator.py."""

import subprocess
import sys

from absl.testing import absltest

# Pieces of 40 MB, larger than what glibc learns to keep, are asked for, cleared and freed; says how
# often the system had to give a page.
_PROGRAM = """
import resource, sys
from common import allocator
if sys.argv[1] == 'keep' and not allocator.keep_memory(): sys.exit(3)
for turn in range(6):
    if turn == 3: before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    bytearray(b'1') * (40 << 20)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def _count_faults(word):
    result = subprocess.run(
        [sys.executable, '-c', _PROGRAM, word], capture_output=True, text=True, check=False
    )
    return None if result.returncode == 3 else int(result.stdout)


class AllocatorTest(absltest.TestCase):
    def test_memory_is_not_given_back(self):
        kept = _count_faults('keep')
        if kept is None:
            self.skipTest('this C library has no such settings')
        # Three turns of 10,240 pages, or fewer when they are huge.
        self.assertLess(kept, 1024)


if __name__ == '__main__':
    absltest.main()
