"""The README: its commands run as they stand, and what it names exists.

Commands have small inputs in place of large ones: _SMALLER is all that is changed, and a change
that no longer applies fails. Other tests run for real what is not run here: how programs on Spark
are started (test_wikipedia_flow, test_spotify_flow, test_scripts_spark_submit), and the cluster of
processes on one machine (test_scripts_local_cluster). Demonstrations take minutes each.
"""

import bz2
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

from absl.testing import absltest
from absl.testing import parameterized

from tests import dump_samples
from tests import program_table
from tests import programs
from tests import shell_commands
from tests import spark_chain

_TEXT = (programs.ROOT / 'README.md').read_text()
_GUIDES = ('README.md', 'scripts/README.md', 'scripts/bench/README.md')
# What is pasted in one go, by the headings of sections.
_FLOWS = {
    'wikipedia': ('From a Wikipedia dump to word vectors', 'From a dump to recommended articles'),
    'pinterest': ('Shop the look',),
    'spotify': ('From playlists to the next track',),
}
_NOT_RUN = ('Two commands', 'On a cluster')
_SMALL_LOOK = '--pooling=mean --filters=4,8 --image_size=16 --batch_size=8 --num_epochs=1'
_SMALLER = {
    'wikipedia': {
        # The dump, which the test writes, has its name.
        'python -m wikipedia.train_txt2url': (
            'python -m wikipedia.train_txt2url --embedding_dim=8 --link_dim=4 --num_epochs=1 '
            '--max_words=8 --article_words=16 --batch_size=16'
        ),
    },
    'pinterest': {
        '--output=data/shop/looks': (
            '--output=data/shop/looks --num_scenes=24 --image_size=64 --num_workers=1'
        ),
        'python -m pinterest.train_shop_the_look': (
            f'python -m pinterest.train_shop_the_look {_SMALL_LOOK} --output_size=25'
        ),
        '--num_trials=10': f'--num_trials=1 -- {_SMALL_LOOK}',
    },
    'spotify': {
        '--num_playlists=10000': (
            '--num_playlists=300 --num_tracks=900 --num_artists=90 --num_themes=4'
        ),
        'python -m spotify.train_matrix_factorization': (
            'python -m spotify.train_matrix_factorization --embedding_dim=8 --num_epochs=1'
        ),
        'python -m spotify.train_spotify': (
            'python -m spotify.train_spotify --feature_size=8 --num_epochs=1'
        ),
        # A file of the challenge has the form of a slice.
        '--playlists=challenge_set.json': '--playlists=data/playlists --context_size=5',
    },
}
_DUMP = 'simplewiki-latest-pages-articles.xml.bz2'
_OF_ALL = frozenset({'help'})  # And of spark-submit:
_OF_SPARK_SUBMIT = frozenset({'master', 'conf', 'packages'})


def _sections():
    """Returns the text of each section, by its heading."""
    pieces = re.split(r'^## (.+)\n', _TEXT, flags=re.MULTILINE)
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))


def _commands(section):
    return re.findall(r'^```sh\n(.*?)^```$', section, re.MULTILINE | re.DOTALL)


def _inline(text):
    """Returns what is set as code within sentences."""
    prose = re.sub(r'^```.*?^```$', '', text, flags=re.MULTILINE | re.DOTALL)
    return [' '.join(code.split()) for code in re.findall(r'`([^`]+)`', prose)]


def _write_dump(path):
    """Writes 80 articles that hold the words and titles that the commands ask for."""
    draw = random.Random(3)
    words = 'physics apple singapore steam engine world water king book paper tea milk'.split()
    words += [f'word{number}' for number in range(60)]
    titles = ['Physics', *(f'Article {number}' for number in range(79))]
    pages = []
    for ident, title in enumerate(titles):
        links = ' '.join(f'[[{other}]]' for other in draw.sample(titles, 6))
        text = f'{title} is {" ".join(draw.choices(words, k=12))}.\n\n'
        text += f'{" ".join(draw.choices(words, k=60))} {links}'
        pages.append(dump_samples.page(title=title, ident=ident + 1, text=text))
    path.write_bytes(bz2.compress(dump_samples.dump(*pages)))


class CommandsTest(parameterized.TestCase):
    @parameterized.parameters(*_FLOWS)
    def test_commands(self, flow):
        sections = _sections()
        text = ''.join(sections[heading] for heading in _FLOWS[flow])
        lines = '\n'.join(_commands(text))
        for found, smaller in _SMALLER[flow].items():
            self.assertIn(found, lines)
            lines = lines.replace(found, smaller)
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        _write_dump(folder / _DUMP)
        with shell_commands.Shell(folder) as shell:
            result = shell.run(lines)
        self.assertEqual(result.returncode, 0, result.stderr[-3000:])
        self.assertNotIn('Traceback', result.stderr)
        for code in _inline(text):
            if re.fullmatch(r'data/\S+\.html', code):
                self.assertTrue((folder / code).is_file(), code)

    def test_every_command_is_run_or_known_not_to_be(self):
        run = [heading for headings in _FLOWS.values() for heading in headings]
        with_commands = [name for name, text in _sections().items() if _commands(text)]
        self.assertCountEqual(with_commands, [*run, *_NOT_RUN])


class NamesTest(absltest.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flags = _flags_by_program()

    def test_table_of_programs(self):
        rows = re.findall(r'^\| `([a-z0-9_./]+)`( \*)? \|', _sections()['Programs'], re.MULTILINE)
        found = {name.removesuffix('.py').replace('/', '.'): bool(star) for name, star in rows}
        wanted = {program.name: program.uses_spark for program in program_table.PROGRAMS}
        self.assertLen(rows, len(found))
        self.assertEqual(found, wanted)

    def test_flags(self):
        """A flag is one of the programs that its paragraph names, or of any of the section's."""
        checked = 0
        for heading, section in _sections().items():
            for paragraph in re.split(r'\n\n|\n(?=- )|\n(?=\|)', section):
                codes = _inline(paragraph)
                words = {word for code in codes for word in code.split()}
                named = [name for name in self.flags if {name, name.split('.')[1]} & words]
                of_programs = [self.flags[name] for name in named or self._of(heading)]
                known = _OF_ALL.union(_OF_SPARK_SUBMIT, *of_programs)
                for flag in re.findall(r'(?<!\S)--(\w+)', ' '.join(codes)):
                    self.assertTrue({flag, flag.removeprefix('no')} & known, f'{flag}: {paragraph}')
                    checked += 1
        self.assertGreater(checked, 40)

    def _of(self, heading):
        """Returns the programs of the flow that a section is about, or all."""
        package = next((flow for flow, names in _FLOWS.items() if heading in names), '')
        return [name for name in self.flags if name.startswith(package)]

    def test_links(self):
        for guide in _GUIDES:
            path = programs.ROOT / guide
            for link in re.findall(r'\]\(([^)\s]+)\)', path.read_text()):
                if not link.startswith('https://'):
                    self.assertTrue((path.parent / link.partition('#')[0]).exists(), link)


def _flags_by_program():
    """Returns the flags that --help of each program shows; one process serves for all."""
    names = [program.name for program in program_table.PROGRAMS]
    steps = [f'{json.dumps([name.replace(".", "/") + ".py", ["--help"], 0])}\n' for name in names]
    chain = subprocess.run(
        [sys.executable, str(programs.ROOT / 'tests' / 'spark_chain.py'), '-'],
        check=True,
        env={**os.environ, 'PYTHONPATH': str(programs.ROOT), 'PYTHONUNBUFFERED': '1'},
        input=''.join(steps),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=100,
    )
    shown = chain.stdout.split(spark_chain.ENDED)[:-1]
    pattern = re.compile(r'^ +(?:-\w,)?--(?:\[no\])?(\w+):', re.MULTILINE)
    return {name: set(pattern.findall(text)) for name, text in zip(names, shown, strict=True)}


if __name__ == '__main__':
    absltest.main()
