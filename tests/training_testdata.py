"""Writes training data as make_training does, of playlists that a test makes up."""

import os

import numpy as np

from common import metadata
from common import records
from common.pb import example_pb2
from common.pb import recsys_pb2
from spotify import tfrecords
from spotify import training_data
from spotify import training_examples
from tests import spotify_testdata

NUM_TRACKS, NUM_THEMES = 60, 4


def make_lists(count=150, seed=1):
    """Returns lists of distinct tracks; most tracks of a list leave the same rest modulo 4."""
    random = np.random.default_rng(seed)
    popularity = 1 / (1 + np.arange(NUM_TRACKS))
    rows = []
    for number in range(count):
        weights = popularity * np.where(np.arange(NUM_TRACKS) % 4 == number % 4, 1.0, 0.05)
        size = int(random.integers(6, 13))
        rows.append(random.choice(NUM_TRACKS, size, replace=False, p=weights / weights.sum()))
    return rows


def write_data(path, train=None, validation=(), *, records_per_part=40, num_tracks=NUM_TRACKS):
    """Writes a directory of training data with an empty test split; returns its path.

    The artist of a track is its index modulo 20, the album modulo 30.
    """
    tracks = np.arange(num_tracks)
    splits = {
        'train': make_lists() if train is None else train,
        'validation': validation,
        'test': (),
    }
    parts = []
    for split, lists in splits.items():
        writer = tfrecords.PartsWriter(str(path), split, records_per_part)
        for number, row in enumerate(lists):
            row = np.asarray(row, np.int32)
            ids = (f'{split}{number}', f'List {number}', row, row % 20, row % 30)
            example = training_examples.Row(*ids, context_size=min(5, len(row)), unknown=0)
            writer.add(training_examples.encode(example))
        parts += writer.finish()
    catalogue = spotify_testdata.make_catalogue((tracks % 20).tolist(), (tracks % 30).tolist())
    written = records.write_parts(
        os.path.join(path, training_data.TRACKS),
        (track.SerializeToString() for track in catalogue.tracks()),
        proto=recsys_pb2.Track,
    )
    entry = written.describe('dictionary') | {training_data.DICTIONARY: 'track'}
    meta = metadata.Meta(example_pb2.Example.DESCRIPTOR.full_name, tuple(parts), inputs=(entry,))
    records.finish_directory(str(path), meta)
    return str(path)
