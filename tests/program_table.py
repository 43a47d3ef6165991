"""Every program once: the flags of a run on small data, what it reads, what it writes.

Paths are names in a folder that holds what tests.program_inputs wrote and what the programs further
up wrote. A program that is missing here fails a test.
"""

import dataclasses
from collections.abc import Iterator
from collections.abc import Mapping


@dataclasses.dataclass(frozen=True)
class Program:
    """A program with flags that work.

    Attributes:
        name: such as wikipedia.xml2proto.
        inputs: what it reads, by flag.
        outputs: what it makes, by flag.
        settings: all other words.
        last: words that have to stand last.
        uses_spark: whether it starts a JVM.
        goes_on: whether it adds to an output that is there, where others want --overwrite.
        bears: damage to inputs, by flag and its name in tests.damage, that is no reason to end.
    """

    name: str
    inputs: Mapping[str, str] = dataclasses.field(default_factory=dict)
    outputs: Mapping[str, str] = dataclasses.field(default_factory=dict)
    settings: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    uses_spark: bool = False
    goes_on: bool = False
    bears: frozenset[tuple[str, str]] = frozenset()

    def words(self, **others: str) -> list[str]:
        """Returns the words of the command line, with other paths for some flags."""
        paths = {**self.inputs, **self.outputs, **others}
        return [*(f'--{flag}={path}' for flag, path in paths.items()), *self.settings, *self.last]


_TOKENS, _TITLES = 'token.tstat.pb.b64.bz2', 'title.tstat.pb.b64.bz2'
_DICTIONARIES = {'token_dictionary': _TOKENS, 'title_dictionary': _TITLES}
_PARTS = {
    'search_index': 'index',
    'graph': 'similarity',
    'title_dictionary': _TITLES,
    'txt2url_model': 'txt2url_model',
}
_LOOKS = {'input_file': 'pairs.json', 'categories': 'categories.json', 'image_dir': 'photographs'}
# A photograph or a line that is damaged is left out and counted, or is what it is.
_BEARS_PHOTOGRAPHS = frozenset({('image_dir', 'garbage'), ('image_dir', 'truncated')})
_BEARS_NO_PHOTOGRAPHS = frozenset(
    {*_BEARS_PHOTOGRAPHS, ('image_dir', 'empty'), ('image_dir', 'other_kind')}
)
_SMALL_LOOK = (
    '--pooling=mean',  # Compiled in half the time, as are half the blocks.
    '--filters=4,8',
    '--image_size=16',
    '--output_size=25',
    '--batch_size=8',
    '--num_epochs=1',
)

_WIKIPEDIA = (
    Program(
        'wikipedia.xml2proto',
        {'input_file': 'dump.xml'},
        {'output_file': 'pages'},
        ('--num_workers=1',),
    ),
    Program(
        'wikipedia.text_to_documents',
        {'input_file': 'texts.txt'},
        {'output_file': 'own_docs'},
        bears=frozenset({('input_file', 'truncated')}),
    ),
    Program(
        'wikipedia.tokenize_pages',
        {'input_file': 'pages'},
        {'output_file': 'tokenized'},
        uses_spark=True,
    ),
    Program(
        'wikipedia.hold_out',
        {'input_file': 'docs'},
        {'output_file': 'held_out'},
        ('--test_share=0.3', '--validation_share=0.3'),
        uses_spark=True,
    ),
    Program(
        'wikipedia.make_dictionary',
        {'input_file': 'held_out'},
        {'token_output': _TOKENS, 'title_output': _TITLES},
        ('--min_token_frequency=1', '--min_title_frequency=1', '--only_articles'),
        uses_spark=True,
    ),
    Program(
        'wikipedia.make_cooccurrence',
        {'input_file': 'docs', 'token_dictionary': _TOKENS},
        {'output_file': 'cooccurrence'},
        uses_spark=True,
    ),
    Program(
        'wikipedia.make_sparse_doc',
        {'input_file': 'held_out', **_DICTIONARIES},
        {'output_txt2url': 'txt2url', 'output_url2url': 'url2url'},
        uses_spark=True,
    ),
    Program(
        'wikipedia.make_similarity',
        {'input_file': 'url2url'},
        {'output_file': 'similarity'},
        uses_spark=True,
    ),
    Program(
        'wikipedia.dump_cooccurrence',
        {'input_file': 'cooccurrence', 'token_dictionary': _TOKENS},
    ),
    Program(
        'wikipedia.dump_similarity',
        {'input_file': 'similarity', 'title_dictionary': _TITLES},
    ),
    Program(
        'wikipedia.train_cooccurrence',
        {'train_input_pattern': 'cooccurrence', 'token_dictionary': _TOKENS},
        {'model_dir': 'glove'},
        ('--embedding_dim=8', '--num_epochs=1'),
    ),
    Program(
        'wikipedia.find_neighbors',
        {'model_dir': 'glove'},
        {'output': 'neighbors.html'},
        ('--terms=w1,w2', '--format=html'),
    ),
    Program(
        'wikipedia.evaluate_embeddings',
        {'model_dir': 'glove', 'word_pairs': 'word_pairs.tsv', 'analogies': 'analogies.txt'},
        {'output': 'word_scores.json'},
        bears=frozenset({('word_pairs', 'truncated'), ('analogies', 'truncated')}),
    ),
    Program(
        'wikipedia.export_embeddings',
        {'model_dir': 'glove'},
        {'output_file': 'vectors.txt'},
    ),
    Program(
        'wikipedia.make_search_index',
        {'input_file': 'held_out'},
        {'output_file': 'index'},
    ),
    Program(
        'wikipedia.search_articles',
        {'search_index': 'index'},
        {'output': 'found.html'},
        ('--query=w1 w2', '--format=html'),
    ),
    Program(
        'wikipedia.train_txt2url',
        {'txt2url': 'txt2url', 'url2url': 'url2url', **_DICTIONARIES},
        {'model_dir': 'txt2url_model'},
        (
            '--embedding_dim=8',
            '--link_dim=4',
            '--num_epochs=1',
            '--max_words=8',
            '--article_words=16',
            '--batch_size=16',
            '--validation_articles=5',
        ),
    ),
    Program(
        'wikipedia.train_article_ranker',
        {'validation': 'held_out/validation', **_PARTS},
        {'model_dir': 'ranker'},
    ),
    Program(
        'wikipedia.recommend_articles',
        {**_PARTS, 'ranker': 'ranker'},
        {'output': 'articles.html'},
        ('--query=w1 w2 w3', '--format=html'),
    ),
    Program(
        'wikipedia.evaluate_articles',
        {'test': 'held_out/test', **_PARTS, 'ranker': 'ranker'},
        {'output': 'articles_evaluation'},
        ('--resamples=100',),
    ),
)
_PINTEREST = (
    Program(
        'pinterest.make_synthetic_photographs',
        outputs={'output': 'looks'},
        settings=('--num_scenes=3', '--image_size=64', '--num_workers=1'),
    ),
    Program(
        'pinterest.random_item_recommender',
        {'input_file': 'categories.json'},
        {'output_html': 'random.html'},
    ),
    Program(
        'pinterest.fetch_images',
        {'input_file': 'pairs.json'},
        {'output_dir': 'photographs'},
        ('--url_template=http://127.0.0.1:9/{id}',),
        goes_on=True,
    ),
    Program(
        'pinterest.train_shop_the_look',
        _LOOKS,
        {'model_dir': 'look'},
        _SMALL_LOOK,
        bears=_BEARS_PHOTOGRAPHS,
    ),
    Program(
        'pinterest.sweep',
        {'sweep_file': 'sweep.yaml'},
        {'output': 'sweep'},
        ('--num_trials=1',),
        ('--', *(f'--{flag}={path}' for flag, path in _LOOKS.items()), *_SMALL_LOOK[:-1]),
        goes_on=True,
    ),
    Program(
        'pinterest.make_embeddings',
        {**_LOOKS, 'model_dir': 'look'},
        {'output': 'embeddings'},
        bears=_BEARS_PHOTOGRAPHS,
    ),
    Program(
        'pinterest.evaluate_recommendations',
        {**_LOOKS, 'model_dir': 'look', 'embeddings': 'embeddings'},
        {'output': 'looks_evaluation'},
        ('--resamples=100',),
        bears=_BEARS_NO_PHOTOGRAPHS,
    ),
    Program(
        'pinterest.make_recommendations',
        {**_LOOKS, 'model_dir': 'look', 'embeddings': 'embeddings'},
        {'output': 'look_recommendations', 'html_dir': 'look_pages'},
        ('--split=test',),
        # Of the model only the settings are read, which say what the test scenes are.
        bears=frozenset(
            {
                *_BEARS_NO_PHOTOGRAPHS,
                ('model_dir', 'garbage'),
                ('model_dir', 'truncated'),
            }
        ),
    ),
)
_SPOTIFY = (
    Program(
        'spotify.make_synthetic_playlists',
        outputs={'output': 'playlists'},
        settings=(
            '--num_playlists=300',
            '--num_tracks=400',
            '--num_artists=40',
            '--num_themes=4',
            '--num_workers=1',
        ),
    ),
    Program(
        'spotify.make_dictionary',
        {'playlists': 'playlists'},
        {'output': 'dictionaries'},
        ('--num_workers=1',),
    ),
    Program(
        'spotify.make_training',
        {'playlists': 'playlists', 'dictionaries': 'dictionaries'},
        {'output': 'training'},
        ('--num_workers=1',),
    ),
    Program(
        'spotify.most_popular',
        {'data': 'training'},
        {'model_dir': 'most_popular'},
    ),
    Program(
        'spotify.make_cooccurrence',
        {'data': 'training'},
        {'output': 'item_to_item'},
        uses_spark=True,
    ),
    Program(
        'spotify.train_matrix_factorization',
        {'data': 'training'},
        {'model_dir': 'matrix_factorization'},
        ('--embedding_dim=8', '--num_epochs=1'),
    ),
    Program(
        'spotify.train_spotify',
        {'data': 'training'},
        {'model_dir': 'playlist_model'},
        ('--feature_size=8', '--num_epochs=1'),
    ),
    Program(
        'spotify.train_blend',
        {'data': 'training', 'systems': 'item_to_item,artist_match'},
        {'model_dir': 'blend'},
    ),
    Program(
        'spotify.evaluate_recommendations',
        {'data': 'training', 'systems': 'blend'},
        {'output': 'playlists_evaluation'},
        ('--context_sizes=5', '--resamples=100'),
    ),
    Program(
        'spotify.make_recommendations',
        {'data': 'training', 'systems': 'blend'},
        {'output': 'tracks.html'},
        ('--split=test', '--format=html'),
    ),
)
PROGRAMS = (
    *_WIKIPEDIA,
    *_PINTEREST,
    *_SPOTIFY,
    Program(
        'common.dump_records',
        {'input_file': 'docs'},
        bears=frozenset({('input_file', 'other_kind')}),
    ),
    Program(
        'common.make_index',
        {'input_dir': 'playlists_evaluation'},
        {'output': 'contents.html'},
        # It links whatever there is, and reads titles only.
        bears=frozenset(('input_dir', way) for way in ('garbage', 'truncated', 'other_kind')),
    ),
)


def named() -> Iterator[tuple[str, Program]]:
    """Yields each program with a name for a test."""
    for program in PROGRAMS:
        yield program.name.replace('.', '_'), program
