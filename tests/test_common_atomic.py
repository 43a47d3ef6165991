import errno
import os
import pathlib
import shutil
from unittest import mock

from absl.testing import absltest

from common import atomic
from common import errors
from common import file_systems


class AtomicTest(absltest.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.create_tempdir().full_path)
        self.path = str(self.folder / 'out')

    def _write_directory(self, text, overwrite=False):
        with atomic.output_directory(self.path, overwrite) as temporary:
            (pathlib.Path(temporary) / '_SUCCESS').write_text(text)

    def test_directory_appears_whole_and_is_replaced_whole(self):
        self._write_directory('1')
        with self.assertRaisesRegex(errors.InputError, 'already exists.*--overwrite'):
            self._write_directory('2')
        self._write_directory('3', overwrite=True)
        self.assertEqual((self.folder / 'out' / '_SUCCESS').read_text(), '3')
        self.assertEqual(os.listdir(self.folder), ['out'])

    def test_failure_keeps_the_old(self):
        self._write_directory('1')
        with self.assertRaises(RuntimeError), atomic.output_directory(self.path, True):
            raise RuntimeError
        self.assertEqual((self.folder / 'out' / '_SUCCESS').read_text(), '1')
        self.assertEqual(os.listdir(self.folder), ['out'])

    def test_full_disk_is_said_with_the_output(self):
        full = OSError(errno.ENOSPC, 'No space left on device')
        with self.assertRaisesRegex(
            errors.InputError, 'out cannot be written .No space.*make room'
        ):
            with atomic.output_directory(self.path):
                raise full
        with self.assertRaisesRegex(
            errors.InputError, 'out cannot be written .No space.*make room'
        ):
            with atomic.output_file(self.path) as temporary:
                raise OSError(errno.ENOSPC, 'No space left on device', temporary)
        elsewhere = OSError(errno.ENOSPC, 'No space left on device', '/tmp/other')
        with self.assertRaisesRegex(OSError, '/tmp/other'), atomic.output_file(self.path):
            raise elsewhere
        self.assertEmpty(os.listdir(self.folder))

    def test_names_what_killed_runs_left(self):
        left = ['.out.meta.json.tmp-9-0123abcd', '.out.tmp-12-0123abcd']
        left.append('.out.tmp-13-0123abcd-4567cdef')
        others = ['.out.tmp-x-0123abcd', '.out2.tmp-12-0123abcd', 'out.tmp-12-0123abcd']
        for name in left + others:
            (self.folder / name).touch()
        with self.assertLogs(level='WARNING') as logs:
            atomic.refuse_existing(self.path + '/', False)
        found = [record.getMessage().split()[0] for record in logs.records]
        self.assertEqual(found, [str(self.folder / name) for name in left])
        for record in logs.records:
            self.assertIn('it may be what stood at', record.getMessage())
        with self.assertNoLogs(level='WARNING'):
            self._write_directory('1')
        with self.assertLogs(level='WARNING') as logs:
            atomic.refuse_existing(self.path, True)
        self.assertIn('killed; remove it', logs.records[0].getMessage())

    def test_of_two_directories_one_wins(self):
        def write_second():
            with atomic.output_directory(self.path) as temporary:
                (pathlib.Path(temporary) / '_SUCCESS').write_text('second')
                self._write_directory('first')

        with self.assertRaisesRegex(errors.InputError, 'another run'):
            write_second()
        self.assertEqual((self.folder / 'out' / '_SUCCESS').read_text(), 'first')
        self.assertEqual(os.listdir(self.folder), ['out'])

    def test_of_two_that_replace_one_wins(self):
        self._write_directory('old')

        def write_second():
            with atomic.output_directory(self.path, overwrite=True) as temporary:
                (pathlib.Path(temporary) / '_SUCCESS').write_text('second')
                os.rename(self.path, f'{self.folder}/aside')  # As the first run does.

        with mock.patch.object(file_systems.MountedFiles, 'exists', return_value=True):
            write_second()
        self.assertEqual((self.folder / 'out' / '_SUCCESS').read_text(), 'second')
        self.assertCountEqual(os.listdir(self.folder), ['aside', 'out'])

    def test_folder_that_a_task_writes_into_is_removed_in_the_end(self):
        def remove_and_write(path, **options):
            remove(path, **options)
            if rmtree.call_count < 3:
                os.makedirs(f'{path}/late')

        remove = shutil.rmtree
        self.enterContext(mock.patch.object(file_systems, '_REMOVE_AFTER', (0, 0, 0, 0)))
        with mock.patch.object(shutil, 'rmtree', side_effect=remove_and_write) as rmtree:
            with self.assertRaises(RuntimeError), atomic.output_directory(self.path) as temporary:
                raise RuntimeError
        self.assertEqual(rmtree.call_count, 3)
        self.assertEmpty(os.listdir(self.folder))
        with self.assertRaises(FileNotFoundError):
            pathlib.Path(temporary, 'part').touch()

    def test_of_two_files_one_wins(self):
        def write(text):
            with atomic.output_file(self.path) as temporary:
                pathlib.Path(temporary).write_text(text)
                if text == 'second':
                    write('first')

        with self.assertRaisesRegex(errors.InputError, 'another run'):
            write('second')
        self.assertEqual(pathlib.Path(self.path).read_text(), 'first')
        self.assertEqual(os.listdir(self.folder), ['out'])

    def test_a_folder_of_other_things_is_not_replaced(self):
        os.mkdir(self.path)
        pathlib.Path(self.path, 'thesis.tex').write_text('dear')
        with self.assertRaisesRegex(errors.InputError, 'thesis.tex'):
            self._write_directory('1', overwrite=True)
        self.assertEqual(os.listdir(self.path), ['thesis.tex'])

    def test_a_site_with_an_index_is_not_replaced(self):
        os.mkdir(self.path)
        for name in ('index.html', 'page-00001.html', 'precious.txt'):
            pathlib.Path(self.path, name).touch()
        with self.assertRaisesRegex(errors.InputError, 'holds precious.txt'):
            atomic.refuse_existing(self.path, True)
        os.unlink(f'{self.path}/precious.txt')
        atomic.refuse_existing(self.path, True)

    def test_a_file_is_not_replaced_by_a_directory(self):
        pathlib.Path(self.path).write_text('dear')
        with self.assertRaisesRegex(errors.InputError, 'is a file, and a directory'):
            self._write_directory('1', overwrite=True)
        self.assertEqual(pathlib.Path(self.path).read_text(), 'dear')

    def test_what_is_no_file_is_not_replaced(self):
        os.mkfifo(self.path)
        for path in (self.path, '/dev/null'):
            for directory in (None, False, True):
                with self.assertRaisesRegex(errors.InputError, f'{path} is a pipe or a device'):
                    atomic.refuse_existing(path, True, directory=directory)
        with self.assertRaisesRegex(errors.InputError, 'is a pipe'):
            self._write_directory('1', overwrite=True)
        self.assertEqual(os.listdir(self.folder), ['out'])

    def test_a_link_is_not_replaced(self):
        """Such as /dev/stdout, which leads to a file where the shell has redirected it."""
        targets = {'file': 'kept', 'folder': 'kept_folder', 'gone': 'gone', 'up': '/dev/fd/1'}
        pathlib.Path(self.folder, 'kept').write_text('dear')
        os.mkdir(f'{self.folder}/kept_folder')
        for name, target in targets.items():
            os.symlink(target, f'{self.folder}/{name}')
            for overwrite in (False, True):
                with self.assertRaisesRegex(errors.InputError, f'{name} is a link'):
                    atomic.refuse_existing(f'{self.folder}/{name}', overwrite)
        with self.assertRaisesRegex(errors.InputError, 'file is a link'):
            with atomic.output_file(f'{self.folder}/file', overwrite=True):
                self.fail('it was begun')
        self.assertEqual(pathlib.Path(self.folder, 'kept').read_text(), 'dear')

    def test_errors_of_others_stay_as_they_are(self):
        for error in (BrokenPipeError(32, 'Broken pipe'), OSError(9, 'Bad file'), OSError('odd')):
            for output in (atomic.output_file, atomic.output_directory):
                with self.assertRaises(type(error)) as raised, output(self.path):
                    raise error
                self.assertIs(raised.exception, error)
        self.assertEmpty(os.listdir(self.folder))

    def test_a_name_that_the_disk_does_not_take(self):
        name = f'{self.folder}/{250 * "a"}'
        with self.assertRaisesRegex(errors.InputError, 'a cannot be written .*too long.; name ano'):
            with atomic.output_directory(name):
                self.fail('it was made')
        with self.assertRaisesRegex(errors.InputError, 'a cannot be written .*too long.; name ano'):
            with atomic.output_file(name) as temporary:
                pathlib.Path(temporary).write_text('x')
        self.assertEmpty(os.listdir(self.folder))

    def test_inputs_survive(self):
        self._write_directory('1')
        part = f'{self.path}/part-00000.bz2'
        pathlib.Path(part).touch()
        for output, source in (
            (self.path, self.path),
            (self.path + '/', f'{self.folder}/o*'),
            (self.path, part),
            (part, self.path),
            (f'{self.folder}/x/../out', f'{self.path}/part-*'),
        ):
            with self.assertRaisesRegex(errors.UsageError, 'is, holds or lies in the input'):
                atomic.refuse_existing(output, True, [source])
        atomic.refuse_existing(f'{self.folder}/out2', True, [self.path, '-'])
        with self.assertRaisesRegex(errors.UsageError, 'empty'):
            atomic.refuse_existing('', True)
        with self.assertRaisesRegex(errors.UsageError, 'names a directory, and a file is'):
            atomic.refuse_existing(f'{self.folder}/new/', False, directory=False)

    def test_folder_that_is_a_file(self):
        pathlib.Path(self.path).write_text('x')
        with self.assertRaisesRegex(errors.InputError, 'is not a folder'):
            atomic.refuse_existing(self.path + '/below', False)


if __name__ == '__main__':
    absltest.main()
