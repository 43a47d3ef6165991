"""Draws the tracks that next tracks are compared with: negatives, shared by a batch."""

import dataclasses

import numpy as np

from spotify import playlists
from spotify import training_batches


@dataclasses.dataclass(frozen=True)
class Negatives:
    """N negatives for each of S batches.

    Attributes:
        tracks: int32[S, N], drawn with replacement.
        log_expected_counts: float32[S, N], the natural log of how often N draws were expected to
            bring that track.
    """

    tracks: np.ndarray
    log_expected_counts: np.ndarray


class Sampler:
    """Draws negatives: uniform, by popularity, or from the next tracks of the same batch."""

    def __init__(self, kind: str, known: playlists.Playlists, num_tracks: int, count: int) -> None:
        """Prepares to draw.

        Args:
            kind: 'uniform' over the catalogue; 'popularity', in proportion to the playlists of the
                training split that hold a track; 'in_batch', from the batch's next tracks, which
                is by popularity too.
            known: playlists of the training split.
            num_tracks: T of the catalogue.
            count: N.
        """
        self._kind = kind
        self._known = known
        self._num_tracks = num_tracks
        self._count = count
        frequency = np.bincount(known.tracks, minlength=num_tracks)
        with np.errstate(divide='ignore'):  # A track that no playlist holds is never drawn.
            expected = np.log(count * frequency / max(1, len(known.tracks)))
        self._log_expected = expected.astype(np.float32)

    def draw(self, group: training_batches.Group, random: np.random.Generator) -> Negatives:
        """Draws for every batch of the group; those beyond num_steps get any."""
        shape = (len(group.sizes), self._count)
        if self._kind == 'uniform':
            tracks = random.integers(0, self._num_tracks, shape, dtype=np.int32)
            expected = np.log(self._count / self._num_tracks)
            return Negatives(tracks, np.full(shape, expected, np.float32))
        if self._kind == 'popularity':
            tracks = self._known.tracks[random.integers(0, len(self._known.tracks), shape)]
        else:
            tracks = self._from_batches(group, random)
        return Negatives(tracks, self._log_expected[tracks])

    def _from_batches(
        self, group: training_batches.Group, random: np.random.Generator
    ) -> np.ndarray:
        """Returns int32[S, N], next tracks of each batch."""
        columns = np.arange(group.tracks.shape[2])
        is_next = (columns >= group.cuts[:, :, None]) & (columns < group.sizes[:, :, None])
        drawn = np.full((len(group.sizes), self._count), self._known.tracks[0], np.int32)
        for step in range(group.num_steps):
            candidates = group.tracks[step][is_next[step]]
            drawn[step] = candidates[random.integers(0, len(candidates), self._count)]
        return drawn
