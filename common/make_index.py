"""Makes a page that links whatever programs left in a folder: pages, tables, models and records.

What a thing is, is told by what marks it: _meta.json with records, config.json with a model, and
index.html with pages that belong together. Nothing is copied: addresses are relative, so that the
folder can be moved or served as it is.

Reads:  --input_dir: names, titles of pages, metadata, cards and settings of models
Writes: --output, a page; index.html in the folder when not given
Next:   a browser

Example:
  python -m common.make_index --input_dir=out/demo/spotify
  python -m common.make_index --input_dir=data --title='Simple English' --output=data/all.html
"""

import os

from absl import flags
from absl import logging

from common import atomic
from common import cli
from common import errors
from common import html_report
from common import output_flags

_INPUT_DIR = flags.DEFINE_string('input_dir', None, 'Folder to look into.', required=True)
_OUTPUT = flags.DEFINE_string('output', '', 'Page to write; index.html in --input_dir if empty.')
_TITLE = flags.DEFINE_string('title', 'What was made', 'Title of the page.')
_MADE_BY = 'Made by common/make_index'


def main(argv: list[str]) -> None:
    """Looks around and writes the page."""
    cli.refuse_arguments(argv)
    folder = _INPUT_DIR.value
    if not os.path.isdir(folder):
        raise errors.InputError(f'{folder} is no folder; give one that programs wrote into')
    page = _OUTPUT.value or os.path.join(folder, html_report.INDEX_NAME)
    atomic.refuse_existing(page, output_flags.overwrite(), directory=False)
    _refuse_foreign(page)

    from common import contents_page
    from common import html_text
    from common import run_contents

    sections = run_contents.find(folder, page)
    counts = {section.title: len(section.entries) for section in sections if section.entries}
    if not counts:
        raise errors.InputError(f'{folder} holds nothing to link; give one with results')
    name = os.path.basename(os.path.abspath(folder))
    html = contents_page.render(
        sections,
        title=_TITLE.value,
        summary=html_text.sentence('In the folder {}', name),
        made_by=_MADE_BY,
    )
    html_report.write_page(page, html, output_flags.overwrite())
    found = ', '.join(f'{count} of {kind.lower()}' for kind, count in counts.items())
    logging.info('Done: %s links %s', page, found)


def _refuse_foreign(page: str) -> None:
    """Raises InputError when a page stands there that another program made."""
    if not os.path.exists(page):
        return
    with open(page, 'rb') as file:
        if _MADE_BY.encode() not in file.read():
            raise errors.InputError(
                f'{page} was not made by this program; it is not replaced: name another --output'
            )


if __name__ == '__main__':
    cli.run(main)
