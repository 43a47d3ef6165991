"""Evaluates recommendations of articles, on links and first paragraphs that were held out.

Two tasks, each reported by itself. Links: given an article with the text and the links that it has
left, find the links that were held out. Text: given the words of a first paragraph that was held
out, find its article; the graph is entered by the anchors that search finds. Every part alone,
their reciprocal rank fusion and the --ranker answer the same queries. Reported are recall at 1, 5,
10 and 50, MRR, NDCG, hit rate and coverage, with bootstrap intervals over articles and paired tests
of every pair of systems, beside the most popular articles, random ones, and the ceiling of what the
parts found. Everything must be made from the documents beside --test, which lack what it holds out.

Reads:  --test, TextDocument records of hold_out; the parts: --search_index, --graph and
        --title_dictionary, --txt2url_model; --ranker
Writes: tables to stdout; --output: index.html, and links/ and text/, each with results.json,
        queries.jsonl (what every system scored on every query) and index.html
Next:   wikipedia/recommend_articles.py

Example:
  python -m wikipedia.evaluate_articles --test=data/held_out/test --search_index=data/index \\
    --graph=data/similarity --title_dictionary=data/title.tstat.pb.b64.bz2 \\
    --txt2url_model=data/txt2url --ranker=data/ranker --output=data/evaluation
"""

import sys

from absl import flags
from absl import logging

from common import atomic
from common import cli
from common import errors
from common import output_flags
from common import record_flags
from common import records
from common.pb import nlp_pb2
from wikipedia import part_flags

_TEST = flags.DEFINE_string('test', None, 'What hold_out held out for the test.', required=True)
_TASKS = flags.DEFINE_list('tasks', ['links', 'text'], 'Which tasks: links, text, or both.')
_DEPTH = flags.DEFINE_integer(
    'depth',
    200,
    'Articles to ask each part for; a ranker brings its own depth.',
    lower_bound=50,
    upper_bound=100_000,
)
_ANCHORS = flags.DEFINE_integer(
    'anchors',
    10,
    'Articles that search finds for a text where the graph is entered; a ranker brings its own.',
    lower_bound=1,
)
_MAX_ARTICLES = flags.DEFINE_integer(
    'max_articles', None, 'Articles to use at most, drawn by hash.', lower_bound=1
)
_SEED = flags.DEFINE_integer('seed', 0, 'Of random articles, intervals and tests.', lower_bound=0)
_RESAMPLES = flags.DEFINE_integer(
    'resamples', 10_000, 'Of each interval and test.', lower_bound=100, upper_bound=1_000_000
)
_OUTPUT = flags.DEFINE_string('output', None, 'Directory to write.')


def main(argv: list[str]) -> None:
    """Evaluates, prints and writes."""
    cli.refuse_arguments(argv)
    paths, kinds = part_flags.paths(), list(dict.fromkeys(_TASKS.value))
    if not kinds or not set(kinds) <= {'links', 'text'}:
        raise errors.UsageError(f'--tasks={",".join(_TASKS.value)}: give links, text, or both')
    if _OUTPUT.value is not None:
        atomic.refuse_existing(
            _OUTPUT.value, output_flags.overwrite(), [_TEST.value, *paths.inputs], directory=True
        )
    options = record_flags.read_options()
    data = records.open_dataset(_TEST.value, nlp_pb2.TextDocument, options)

    from wikipedia import article_evaluation_report
    from wikipedia import article_evaluation_run

    settings = article_evaluation_run.Settings(
        kinds=kinds,
        depth=_DEPTH.value,
        num_anchors=_ANCHORS.value,
        max_articles=_MAX_ARTICLES.value,
        resamples=_RESAMPLES.value,
        seed=_SEED.value,
    )
    reports = article_evaluation_run.run(data, paths, options, settings)
    if _OUTPUT.value is not None:
        with atomic.output_directory(_OUTPUT.value, output_flags.overwrite()) as folder:
            article_evaluation_report.write(folder, reports)
    text = '\n'.join(map(article_evaluation_report.to_text, reports))
    sys.stdout.buffer.write(text.encode('utf-8', 'replace'))
    totals = (f'{report.kind}: {report.summaries[0].queries} queries' for report in reports)
    logging.info('Done: %s', '; '.join(totals))


if __name__ == '__main__':
    cli.run(main)
