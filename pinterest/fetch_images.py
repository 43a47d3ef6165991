"""Fetches the photographs of a file of pairs, politely, and goes on where it was stopped.

Photographs that are there and whole are kept. Each new one is decoded before it appears under its
name. What the server says it does not have, or is no photograph, is written to failures.jsonl in
the same directory and not asked for again, unless by --retry_failed. When the server is busy, it is
asked later, and when it says how much later, not before that.

Reads:  --input_file, JSON lines of pairs, plain or .gz
Writes: --output_dir/ID.jpg, one a photograph; --output_dir/failures.jsonl
Next:   pinterest/train_shop_the_look.py

Example:
  python -m pinterest.fetch_images --input_file=fashion.json --output_dir=data/images \\
    --max_lines=1000
"""

from absl import flags
from absl import logging

from common import bad_record_flags
from common import cli
from common import datasets
from common import errors
from common import size_flags
from pinterest import photograph_urls

_WEEK = 7 * 86400.0

_INPUT_FILE = flags.DEFINE_string('input_file', None, 'File of pairs.', required=True)
_OUTPUT_DIR = flags.DEFINE_string('output_dir', None, 'Directory of photographs.', required=True)
_MAX_LINES = flags.DEFINE_integer('max_lines', 100000, 'Lines of pairs to read.', lower_bound=1)
_URL_TEMPLATE = flags.DEFINE_string(
    'url_template',
    photograph_urls.PINIMG,
    'Address of a photograph, with {id} or {id[0:2]}, the first two characters of the identifier.',
)
_ALLOWED_HOSTS = flags.DEFINE_list(
    'allowed_hosts',
    [],
    'Hosts beside that of --url_template where redirects may lead, as name or name:port, but never '
    'from https to http. Only a host named here may be in a private network or this machine.',
)
_USER_AGENT = flags.DEFINE_string(
    'user_agent', 'recommender-toolkit (fetch_images)', 'How to call ourselves.'
)
_REQUESTS_PER_SECOND = flags.DEFINE_float(
    'requests_per_second', 2.0, 'Limit of all connections together.', lower_bound=0.001
)
_CONCURRENCY = flags.DEFINE_integer('concurrency', 4, 'Connections.', lower_bound=1, upper_bound=64)
_MAX_RETRIES = flags.DEFINE_integer('max_retries', 5, 'Of one photograph.', lower_bound=0)
_BACKOFF_SECONDS = flags.DEFINE_float(
    'backoff_seconds',
    2.0,
    'Longest wait before the first retry of a photograph; it doubles up to a minute.',
    lower_bound=0.0,
)
_MAX_WAIT_SECONDS = flags.DEFINE_float(
    'max_wait_seconds',
    300.0,
    'Longest wait that a server may ask for; one that wants more ends the run.',
    lower_bound=0.0,
    upper_bound=_WEEK,
)
_TIMEOUT_SECONDS = flags.DEFINE_float(
    'timeout_seconds',
    20.0,
    'Until a connection, or anything more, must come.',
    lower_bound=0.01,
    upper_bound=_WEEK,
)
_MAX_SECONDS = flags.DEFINE_float(
    'max_seconds',
    60.0,
    'Until a photograph must be complete.',
    lower_bound=0.01,
    upper_bound=_WEEK,
)
_MAX_BYTES = size_flags.DEFINE_size('max_bytes', '20MB', 'Of one photograph.', lower_bound=1)
_PERMANENT_STATUSES = flags.DEFINE_multi_integer(
    'permanent_status',
    [404, 410],
    'Status that says that there is no such photograph; may be given several times. Some hosts '
    'answer 403.',
    lower_bound=400,
    upper_bound=499,
)
_RETRY_FAILED = flags.DEFINE_boolean(
    'retry_failed', False, 'Ask again for what is in failures.jsonl.'
)
_MAX_FAILURES = flags.DEFINE_integer(
    'max_failures', 100, 'How many photographs may fail in this run.', lower_bound=0
)


@flags.validator('user_agent', message='not printable ASCII')
def _is_header(text: str) -> bool:
    return text.isascii() and text.isprintable() and bool(text.strip())


def main(argv: list[str]) -> None:
    """Reads the pairs and fetches."""
    cli.refuse_arguments(argv)
    template = photograph_urls.Template(_URL_TEMPLATE.value)

    from pinterest import downloads
    from pinterest import pairs

    bad = datasets.BadRecords(bad_record_flags.max_bad_records())
    found = pairs.read_pairs(_INPUT_FILE.value, bad, max_lines=_MAX_LINES.value)
    ids = list(dict.fromkeys(name for pair in found for name in (pair.scene, pair.product)))
    logging.info('%d pairs name %d photographs', len(found), len(ids))
    totals = downloads.fetch_all(ids, _OUTPUT_DIR.value, _options(template))
    if ids and not totals.usable:
        raise errors.InputError(
            f'{_OUTPUT_DIR.value} has none of the {len(ids)} photographs: {totals.summary()}; is '
            '--url_template right? --retry_failed asks for them again'
        )
    logging.info('Done: %s; bad: %s', totals.summary(), bad.summary() or 'none')


def _options(template: photograph_urls.Template) -> 'downloads.Options':  # noqa: F821
    from pinterest import downloads
    from pinterest import web_requests

    return downloads.Options(
        template=template,
        allowed_hosts=frozenset(name.strip().lower() for name in _ALLOWED_HOSTS.value),
        user_agent=_USER_AGENT.value,
        requests_per_second=_REQUESTS_PER_SECOND.value,
        concurrency=_CONCURRENCY.value,
        max_retries=_MAX_RETRIES.value,
        backoff_seconds=_BACKOFF_SECONDS.value,
        max_wait_seconds=_MAX_WAIT_SECONDS.value,
        max_failures=_MAX_FAILURES.value,
        retry_failed=_RETRY_FAILED.value,
        limits=web_requests.Limits(
            max_bytes=_MAX_BYTES.value,
            patience_seconds=_TIMEOUT_SECONDS.value,
            max_seconds=_MAX_SECONDS.value,
            permanent_statuses=frozenset(_PERMANENT_STATUSES.value),
        ),
    )


if __name__ == '__main__':
    cli.run(main)
