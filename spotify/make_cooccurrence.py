"""Finds, for every track, the tracks that are most similar by the playlists they share.

The counts are exact: of distinct playlists with both tracks, for all pairs of tracks of every
playlist, however long. Playlists are sent to the workers by ranges of tracks, and pairs are counted
there a few tracks at a time, so that memory follows from --pairs_per_part and not from the length
of playlists. The records do not depend on the number of cores or parts of the input.

Reads:  --data, the train split of what spotify/make_training.py wrote
Writes: --output, a directory of CooccurrenceRow records: a row for each track that has a similar
        one, by rising index, 1 + the index of the track; count is the similarity, falling.
        --output/marginals, the same with the number of playlists of each track, in rows of index 0
Next:   spotify/evaluate_recommendations.py, make_recommendations.py

Example:
  scripts/spark_submit.sh spotify/make_cooccurrence.py --data=data/training \\
    --similarity=cosine --output=data/item_to_item
"""

from absl import logging

from common import atomic
from common import bad_record_flags
from common import cli
from common import hadoop_files
from common import output_flags
from common import pair_flags
from common import path_flags
from common.pb import nlp_pb2

_DATA = path_flags.DEFINE_path('data', None, 'Directory of training data.', required=True)
_OUTPUT = path_flags.DEFINE_path('output', None, 'Directory to make.', required=True)
_PAIRS = pair_flags.define(items='tracks', sets='playlists', similarity='cosine', top_k=500)


def main(argv: list[str]) -> None:
    """Counts, and writes the rows."""
    cli.refuse_arguments(argv)
    hadoop_files.enable()
    overwrite = output_flags.overwrite()
    atomic.refuse_existing(_OUTPUT.value, overwrite, [_DATA.value], directory=True)
    from common import spark
    from common import spark_output
    from spotify import item_to_item
    from spotify import track_pairs_job
    from spotify import training_data

    data = training_data.open_data(_DATA.value, bad_record_flags.max_bad_records())
    reads = data.paths(training_data.TRAIN)
    with spark.context('make_cooccurrence', reads, [_OUTPUT.value]) as sc:
        source = track_pairs_job.TrainInput(sc, data)
        counted = track_pairs_job.find_neighbors(
            source, data.num_tracks, _PAIRS.pairs_per_part.value, _PAIRS.options()
        )
        metas = spark_output.write_tagged(
            counted.rows,
            _OUTPUT.value,
            {'': nlp_pb2.CooccurrenceRow, item_to_item.MARGINALS: nlp_pb2.CooccurrenceRow},
            inputs=[data.describe(), track_pairs_job.describe_tracks(data)],
            totals=lambda: counted.totals() | source.bad_records(),
            overwrite=overwrite,
        )
    totals = metas[''].totals
    logging.info(
        'Done: wrote %d rows to %s; %s',
        metas[''].records,
        _OUTPUT.value,
        ', '.join(f'{what} {count}' for what, count in totals.items()),
    )


if __name__ == '__main__':
    cli.run(main)
