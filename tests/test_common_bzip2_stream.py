"""Tests of the parallel bzip2 reader, against the standard library's."""

import bz2
import dataclasses
import io
import random
import time
import tracemalloc
from unittest import mock

from absl.testing import absltest
from absl.testing import parameterized

from common import bzip2_stream


def _text(size):
    generator = random.Random(7)
    words = [bytes(generator.choices(b'abcdefghij', k=generator.randint(2, 9))) for _ in range(999)]
    text = b' '.join(generator.choices(words, k=size // 5))
    return text[:size]


_CONTENT = _text(2_300_000)
_SINGLE = bz2.compress(_CONTENT)
_MULTI = b''.join(
    bz2.compress(_CONTENT[start : start + 300_000], 1 + start // 300_000)
    for start in range(0, len(_CONTENT), 300_000)
)


def _read(compressed, threads=2):
    """Returns what could be read and the message of the damage, or None."""
    content = []
    try:
        content.extend(bzip2_stream.decompress(io.BytesIO(compressed), threads))
    except bzip2_stream.DamagedError as error:
        return b''.join(content), str(error)
    return b''.join(content), None


def _flip(compressed, byte):
    damaged = bytearray(compressed)
    damaged[byte] ^= 4
    return bytes(damaged)


class DecompressTest(parameterized.TestCase):
    @parameterized.product(compressed=(_SINGLE, _MULTI), threads=(1, 2, 3))
    def test_reads_one_stream_and_many(self, compressed, threads):
        self.assertEqual(_read(compressed, threads), (_CONTENT, None))

    @parameterized.parameters(1, 2)
    def test_reads_an_empty_stream(self, threads):
        self.assertEqual(_read(bz2.compress(b''), threads), (b'', None))

    def test_reads_blocks_at_every_bit(self):
        for size in range(1, 40):
            content = _CONTENT[:size]
            self.assertEqual(_read(bz2.compress(content) * 2, 1), (content * 2, None))

    def test_any_size_of_what_is_read_at_once(self):
        content = random.Random(3).randbytes(230_000)
        compressed = bz2.compress(content, 1)
        padded = compressed + bytes(1000)
        # From as much as two marks to more than the whole.
        for size in [*range(16, 400, 7), *range(400, 240_000, 4999)]:
            with mock.patch.object(bzip2_stream, '_READ_BYTES', size):
                self.assertEqual(_read(compressed, 1), (content, None), size)
                self.assertEqual(_read(padded, 1), (content, None), size)

    def test_zeros_may_follow(self):
        self.assertEqual(_read(_MULTI + bytes(5000)), (_CONTENT, None))

    @parameterized.parameters(0, 5, 63, 64, 5000)
    def test_nothing_else_may_follow(self, zeros):
        content, damage = _read(_MULTI + bytes(zeros) + b'x')
        self.assertEqual(content, _CONTENT)
        self.assertEqual(damage, f'no bzip2 stream starts at byte {len(_MULTI)}')

    @parameterized.parameters(2, 3, 7)
    def test_ends_of_streams_are_not_counted_as_work(self, ahead):
        submitted = []

        class Recording(bzip2_stream._Inline):
            def submit(self, task, /):
                submitted.append(task)
                return super().submit(task)

        blocks = bzip2_stream._blocks(io.BytesIO(bz2.compress(b'x') * 20))
        in_work = [
            len(submitted) - number
            for number, _ in enumerate(bzip2_stream._decoded(blocks, Recording(), ahead))
        ]
        self.assertEqual(in_work, [min(ahead, 20 - number) for number in range(20)])

    def test_empty_streams_take_no_memory(self):
        compressed = bz2.compress(b'') * 30_000
        with mock.patch.object(bzip2_stream, '_READ_BYTES', 4096):
            tracemalloc.start()
            self.assertEqual(_read(compressed, 1), (b'', None))
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        self.assertLess(peak, 200_000)  # Of a file of 420 kB.

    @parameterized.product(compressed=(_SINGLE, _MULTI), cut=(1, 4, 10, 50, 100_000))
    def test_cut_off(self, compressed, cut):
        content, damage = _read(compressed[:-cut])
        self.assertTrue(_CONTENT.startswith(content))
        self.assertIn(f'ends at byte {len(compressed) - cut} in the middle', damage)

    @parameterized.product(
        compressed=(_SINGLE, _MULTI), byte=(1, 5, 11, 2000, -2, -200), threads=(1, 2)
    )
    def test_no_flipped_bit_goes_unnoticed(self, compressed, byte, threads):
        content, damage = _read(_flip(compressed, byte), threads)
        self.assertTrue(_CONTENT.startswith(content))
        self.assertIsNotNone(damage)

    @parameterized.parameters(0, 1, 5, 12)
    def test_no_damaged_stream_head_loses_a_stream_in_silence(self, byte):
        second = _MULTI.index(b'BZh21AY&SY')
        content, damage = _read(_flip(_MULTI, second + byte))
        self.assertTrue(_CONTENT.startswith(content))
        self.assertLessEqual(len(content), 300_000)
        self.assertIsNotNone(damage)

    def test_other_bytes_after_the_stream_are_damage(self):
        self.assertIsNotNone(_read(_MULTI + b'more')[1])

    @parameterized.parameters(b'', b'\0\0\0\0\0\1', bytes(999) + b'\1')
    def test_many_marks_take_linear_time(self, between):
        block = bzip2_stream._BLOCK_MARK.to_bytes(6, 'big') + b'checksum'
        end = bzip2_stream._END_MARK.to_bytes(6, 'big')
        data = b'BZh9' + block + (end + between) * (1_800_000 // len(end + between)) + block
        started = time.process_time()
        with self.assertRaises(bzip2_stream.DamagedError):
            list(bzip2_stream.decompress(io.BytesIO(data), 1))
        self.assertLess(time.process_time() - started, 10)

    def test_a_mark_inside_a_block_by_chance_is_no_boundary(self):
        blocks = bzip2_stream._blocks

        def halved(file):
            for block in blocks(file):
                if not block.count:
                    yield block
                    continue
                low = block.count // 2
                yield dataclasses.replace(block, bits=block.bits >> low, count=block.count - low)
                yield dataclasses.replace(
                    block, checksum=1, bits=block.bits & ((1 << low) - 1), count=low
                )

        with mock.patch.object(bzip2_stream, '_blocks', halved):
            self.assertEqual(_read(_SINGLE), (_CONTENT, None))


if __name__ == '__main__':
    absltest.main()
