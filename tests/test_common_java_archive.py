"""Tests of the archives of classes and of the `java` that takes them; no Java runs here."""

import os
import pathlib
import subprocess
import time

from absl.testing import absltest

from common import java_archive

_ROOT = pathlib.Path(__file__).resolve().parent.parent
_SHIM = _ROOT / 'scripts' / 'java_home' / 'bin' / 'java'
_JARS = '/spark/jars'
_USUAL = f'/settings/:{_JARS}/slf4j-api-2.0.jar:{_JARS}/*'


def _arguments(*words, **variables):
    """Returns what the shim hands to Java."""
    environment = {
        'PATH': os.environ['PATH'],
        'RECSYS_JAVA': '/bin/echo',
        'SPARK_HOME': '/spark',
        'SPARK_CONF_DIR': '/settings',
    } | variables
    done = subprocess.run([_SHIM, *words], env=environment, stdout=subprocess.PIPE, text=True)
    return done.stdout.split()


class ShimTest(absltest.TestCase):
    def test_leaves_out_the_module_that_is_not_there(self):
        words = ['-cp', _USUAL, '--add-modules=jdk.incubator.vector', 'Main']
        self.assertEqual(_arguments(*words), ['-cp', _USUAL, 'Main'])

    def test_usual_class_path_takes_the_archive(self):
        *flags, _, path, main = _arguments('-cp', _USUAL, 'Main', RECSYS_JAVA_ARCHIVE='/made')
        # No collector of garbage, since another may be among the options of the user.
        self.assertEqual(flags, ['-XX:SharedArchiveFile=/made/spark.jsa', '-Xlog:cds*=off'])
        self.assertEqual((path, main), (f'/made/settings.jar:{_JARS}/*', 'Main'))

    def test_launcher_has_an_archive_of_its_own(self):
        words = ['-cp', f'{_JARS}/*', 'Main']
        found = _arguments(*words, RECSYS_JAVA_ARCHIVE='/made')
        self.assertIn('-XX:SharedArchiveFile=/made/launcher.jsa', found)
        self.assertEqual(found[-3:], words)

    def test_any_other_class_path_stays_and_takes_none(self):
        for path in (
            f'/mine.jar:{_USUAL}',
            f'{_USUAL}:/etc/hadoop',
            _USUAL.replace('settings', 'x'),
        ):
            found = _arguments('-cp', path, 'Main', RECSYS_JAVA_ARCHIVE='/made')
            self.assertEqual(found, ['-cp', path, 'Main'])

    def test_training_lists_the_classes(self):
        variables = {'RECSYS_JAVA_ARCHIVE': '/made', 'RECSYS_JAVA_TRAINING': '/lists'}
        found = _arguments('-cp', _USUAL, 'Main', **variables)
        self.assertEqual(found[0], '-XX:DumpLoadedClassList=/lists/spark.classes')
        self.assertEqual(found[2], f'/made/settings.jar:{_JARS}/*')


class JavaArchiveTest(absltest.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.create_tempdir().full_path)
        (self.folder / 'log4j2.properties').write_text('quiet')

    def test_one_that_cannot_be_made_is_not_there_and_not_tried_again(self):
        target = self.folder / 'archives' / 'key'
        others = ('/bin/false', str(self.folder / 'no_spark'), str(self.folder))
        with self.assertLogs(level='WARNING') as logged:
            java_archive.make(target, *others)
        self.assertIn('Java starts slowly', logged.output[0])
        self.assertFalse(java_archive.is_made(target))
        with self.assertNoLogs(level='WARNING'):
            java_archive.make(target, *others)

    def test_old_archives_are_removed(self):
        for name, age in (('old', 30 * 24 * 3600), ('new', 3600)):
            archive = self.folder / name / 'spark.jsa'
            archive.parent.mkdir()
            archive.touch()
            then = time.time() - age
            os.utime(archive, (then, then))
        java_archive._remove_old(self.folder)
        self.assertFalse((self.folder / 'old').exists())
        self.assertTrue((self.folder / 'new').exists())

    def test_other_settings_want_another_archive(self):
        others = ('/bin/sh', str(self.folder), str(self.folder))
        before = java_archive.folder(*others)
        self.assertEqual(java_archive.folder(*others), before)
        (self.folder / 'log4j2.properties').write_text('loud')
        self.assertNotEqual(java_archive.folder(*others), before)


if __name__ == '__main__':
    absltest.main()
