"""The parts of scripts/bench/faults.sh that say whether a run kept its promises."""

import pathlib
import shutil
import signal
import sys
from unittest import mock

from absl.testing import absltest
from absl.testing import parameterized

from tests import article_testdata
from tests import programs

sys.path.insert(0, str(programs.ROOT / 'scripts' / 'bench'))

import fault_cases
import fault_verdicts
import faulty_runs

_TERMINATED = 'made.py: error: terminated; nothing half-written was left'
_FULL = 'made.py: error: made cannot be written (No space left on device); make room, or …'


def _ended(status, *lines, struck=True, survivors=()):
    return faulty_runs.Ended(status, list(lines), b'', 1.0, struck, 0.1, list(survivors))


class FaultsTest(parameterized.TestCase):
    def setUp(self):
        super().setUp()
        self.place = pathlib.Path(self.create_tempdir().full_path)
        for name in ('outputs', 'scratch'):
            (self.place / name).mkdir()
        self.made = self.place / 'outputs' / 'made'
        self.case = fault_cases.Case('x.make', self.place, (), {'output_file': 'made'})

    def _write(self):
        article_testdata.write(self.made, article_testdata.make_documents(), 2)
        return fault_verdicts.read_outputs(self.case, self.place)

    def _judge(self, expected, fault, ended):
        return fault_verdicts.judge(self.case, self.place, expected, fault, ended)

    def test_whole_and_absent(self):
        expected = self._write()
        whole = self._judge(expected, 'SIGTERM', _ended(0))
        self.assertEqual((whole.outputs, whole.wrong), ('whole', []))
        shutil.rmtree(self.made)
        absent = self._judge(expected, 'SIGTERM', _ended(143, _TERMINATED))
        self.assertEqual((absent.outputs, absent.wrong), ('absent', []))

    @parameterized.parameters('part-00001.bz2', '_SUCCESS', '_meta.json')
    def test_without_a_file_it_is_half(self, name):
        expected = self._write()
        (self.made / name).unlink()
        (wrong,) = self._judge(expected, 'SIGKILL', _ended(-signal.SIGKILL)).wrong
        self.assertStartsWith(wrong, 'half an output')
        self.assertIn(name, wrong)

    def test_cut_off_it_is_half(self):
        expected = self._write()
        part = self.made / 'part-00000.bz2'
        part.write_bytes(part.read_bytes()[:-20])
        (wrong,) = self._judge(expected, 'SIGKILL', _ended(-signal.SIGKILL)).wrong
        self.assertStartsWith(wrong, 'half an output')

    def test_only_a_kill_may_leave_what_is_hidden(self):
        (self.place / 'outputs' / '.made.tmp-71-0123abcd').mkdir()
        (self.place / 'scratch' / 'blockmgr-0123abcd').mkdir()
        killed = self._judge({'output_file': {}}, 'SIGKILL', _ended(-signal.SIGKILL))
        self.assertEqual(killed.leftovers, ['.made.tmp-…', 'TMPDIR/blockmgr-…'])
        self.assertEmpty(killed.wrong)
        ended = self._judge({'output_file': {}}, 'SIGTERM', _ended(143, _TERMINATED))
        self.assertEqual(ended.wrong, ['left .made.tmp-…, TMPDIR/blockmgr-…'])

    @parameterized.parameters(
        ('SIGTERM', 143, [], 'ended with status 143'),
        ('SIGTERM', 1, [_TERMINATED], 'ended with status 1'),
        ('SIGTERM', 143, ['Traceback (most recent call last):', _TERMINATED], 'a traceback'),
        ('SIGTERM', -15, ['I00:00:00 begun'], 'ended with status -15'),
        ('SIGTERM', -15, [], None),
        ('full_disk', 1, ['made.py: error: unexpected OSError: make room'], 'ended with'),
        ('full_disk', 1, [_FULL], None),
        ('full_disk', 0, [], 'ended with status 0'),
    )
    def test_status_and_last_line(self, fault, status, lines, wrong):
        found = self._judge({'output_file': {'x': 'y'}}, fault, _ended(status, *lines)).wrong
        self.assertIn(wrong, found[0]) if wrong else self.assertEmpty(found)

    def test_what_runs_on_is_found_and_killed(self):
        program = self.place / 'start.py'
        program.write_text(
            'import subprocess, sys, time\n'
            "command = [sys.executable, '-c', 'import time; time.sleep(60)']\n"
            'subprocess.Popen(command, start_new_session=True)\n'
            'time.sleep(60)\n'
        )
        what = faulty_runs.Run([sys.executable, program], self.place, self.place / 'scratch', 30)
        with mock.patch.object(faulty_runs, '_GRACE_SECONDS', 0.1):
            ended = faulty_runs.run(what, faulty_runs.kill_group, 0.5)
        self.assertEqual((ended.status, ended.struck), (-signal.SIGKILL, True))
        self.assertLen(ended.survivors, 1)
        self.assertIn('time.sleep(60)', ended.survivors[0])


if __name__ == '__main__':
    absltest.main()
