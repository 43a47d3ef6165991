"""Trains the text-to-article model: finds articles from texts, and from articles.

A piece of text is to find its article, known by words from the rest of it, among other articles;
and an article is to find those it is linked with. Vectors of words begin with those of
--glove_model, or at random. With checkpoints, an interrupted training that is resumed ends with the
same bits as one that ran through.

Reads:  --txt2url, SparseDocument records with words; --url2url, the same with links, or
        --graph, what make_similarity wrote; both dictionaries; --glove_model, if wanted;
        --validation, the folder validation of what hold_out wrote, if there is one
Writes: --model_dir: parameters of the best epoch, both dictionaries, config.json, metrics.jsonl,
        README.md; --checkpoint_dir/checkpoint-NNNNN.msgpack, if wanted
Next:   wikipedia/recommend_articles.py, wikipedia/evaluate_articles.py

Example:
  python -m wikipedia.train_txt2url --txt2url=data/txt2url --url2url=data/url2url \\
    --token_dictionary=data/token.tstat.pb.b64.bz2 --title_dictionary=data/title.tstat.pb.b64.bz2 \\
    --validation=data/held_out/validation --model_dir=data/txt2url_model
"""

import os
import time

from absl import flags

from common import atomic
from common import checkpoint_flags
from common import cli
from common import errors
from common import output_flags
from common import record_flags
from wikipedia import txt2url_flags

_TXT2URL = flags.DEFINE_string(
    'txt2url', None, 'Words of articles: file, directory or glob.', required=True
)
_URL2URL = flags.DEFINE_string('url2url', '', 'Links of articles: file, directory or glob.')
_GRAPH = flags.DEFINE_string(
    'graph', '', 'Similarities of articles, in place of links: file, directory or glob.'
)
_TOKEN_DICTIONARY = flags.DEFINE_string(
    'token_dictionary', None, 'Dictionary that the words were looked up in.', required=True
)
_TITLE_DICTIONARY = flags.DEFINE_string(
    'title_dictionary', None, 'Dictionary that the articles were looked up in.', required=True
)
_GLOVE_MODEL = flags.DEFINE_string(
    'glove_model', '', 'Model of word vectors to begin with, what train_cooccurrence wrote.'
)
_VALIDATION = flags.DEFINE_string(
    'validation', '', 'What hold_out held out for validation: file, directory or glob.'
)
_MODEL_DIR = flags.DEFINE_string(
    'model_dir', None, 'Directory of the finished model.', required=True
)


def main(argv: list[str]) -> None:
    """Reads flags and input, trains, and writes the model."""
    cli.refuse_arguments(argv)
    if _URL2URL.value and _GRAPH.value:
        raise errors.UsageError('--url2url and --graph both say what is linked; give one')
    paths = {
        'txt2url': _TXT2URL.value,
        'token_dictionary': _TOKEN_DICTIONARY.value,
        'title_dictionary': _TITLE_DICTIONARY.value,
        'url2url': _URL2URL.value,
        'graph': _GRAPH.value,
        'glove_model': _GLOVE_MODEL.value,
        'validation': _VALIDATION.value,
    }
    inputs = [path for path in paths.values() if path]
    atomic.refuse_existing(_MODEL_DIR.value, output_flags.overwrite(), inputs, directory=True)
    checkpoint_flags.check(inputs)
    config = txt2url_flags.config(
        has_links=bool(_URL2URL.value or _GRAPH.value),
        has_vectors=bool(_GLOVE_MODEL.value),
        has_validation=bool(_VALIDATION.value),
    )
    from wikipedia import txt2url_input
    from wikipedia import txt2url_program

    began = time.monotonic()
    result = txt2url_program.run(
        config,
        txt2url_input.Files(**paths),
        os.path.normpath(_MODEL_DIR.value),
        record_flags.read_options(),
        overwrite=output_flags.overwrite(),
    )
    result.log(began, _MODEL_DIR.value)


if __name__ == '__main__':
    flags.adopt_module_key_flags(txt2url_flags)
    cli.run(main)
