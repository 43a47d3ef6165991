"""The most popular tracks, for everyone: the first baseline."""

import hashlib
from collections.abc import Mapping
from typing import Annotated

import msgspec
import numpy as np

from common import errors
from common import models
from common import provenance
from spotify import playlists
from spotify import ranking
from spotify import systems
from spotify import training_data

NAME = 'most_popular'


class MostPopular:
    """Recommends by the number of playlists that hold a track; implements systems.System.

    With exploration (epsilon-greedy), each slot of a list is filled, with probability epsilon, by a
    track drawn evenly from all that are neither in the context nor in a slot before, and else by
    the most popular of those, equals in the order of ranking. What is drawn depends on the seed and
    the query alone, not on the queries beside it.

    Source: Sutton and Barto 2018, section 2.2 (epsilon-greedy).
    """

    def __init__(
        self, counts: np.ndarray, *, epsilon: float = 0.0, num_slots: int = 500, seed: int = 0
    ) -> None:
        """Takes the counts.

        Args:
            counts: int64[T], playlists that hold each track.
            epsilon: share of slots filled by a random track.
            num_slots: how many slots from the top are explored; the length of the lists.
            seed: of what is drawn.
        """
        self.name = NAME
        self.num_tracks = len(counts)
        self._counts = counts
        self._epsilon, self._num_slots, self._seed = epsilon, min(num_slots, len(counts)), seed
        self._order = np.lexsort((ranking.tie_places(len(counts)), -counts))

    def score(self, queries: systems.Queries) -> np.ndarray:
        """Returns float32[Q, T]: counts, or with exploration the places from the end."""
        if not self._epsilon:
            return np.tile(self._counts.astype(np.float32), (len(queries), 1))
        scores = np.empty((len(queries), self.num_tracks), np.float32)
        falling = np.arange(self.num_tracks, 0, -1, dtype=np.float32)
        for row, (context, name) in enumerate(zip(queries.contexts, queries.names, strict=True)):
            scores[row, self._explore(context, name)] = falling
        return scores

    def affinities(self, context: np.ndarray, tracks: np.ndarray) -> np.ndarray | None:
        """Returns None: the context has no part in it."""
        return None

    def _explore(self, context: np.ndarray, name: str) -> np.ndarray:
        """Returns int64[T], the tracks in their order for one query; the context comes last."""
        random = np.random.default_rng(self._entropy(context, name))
        seen = set(context.tolist())
        num_slots = min(self._num_slots, self.num_tracks - len(seen))
        # The start of a random order of all tracks, of which each that is seen is passed over.
        reach = min(self.num_tracks, num_slots + len(seen))
        drawn = iter(random.choice(self.num_tracks, reach, replace=False).tolist())
        greedy = iter(self._order[:reach].tolist())
        listed = []
        for explores in (random.random(num_slots) < self._epsilon).tolist():
            track = next(track for track in (drawn if explores else greedy) if track not in seen)
            seen.add(track)
            listed.append(track)
        is_placed = np.zeros(self.num_tracks, bool)
        is_placed[[*listed, *context.tolist()]] = True
        rest = self._order[~is_placed[self._order]]
        return np.concatenate([listed, rest, np.unique(context)]).astype(np.int64)

    def _entropy(self, context: np.ndarray, name: str) -> list[int]:
        digest = hashlib.sha256(name.encode('utf-8', 'surrogatepass') + b'\0')
        digest.update(np.ascontiguousarray(context, '<i4'))
        return [self._seed, int.from_bytes(digest.digest()[:16], 'little')]


class _Settings(msgspec.Struct):
    """What config.json says of the exploration."""

    epsilon: Annotated[float, msgspec.Meta(ge=0, le=1)]
    num_slots: Annotated[int, msgspec.Meta(ge=1)]
    seed: Annotated[int, msgspec.Meta(ge=0)]


def count(lists: playlists.Playlists, num_tracks: int) -> np.ndarray:
    """Returns int64[T], how many playlists hold each track."""
    return np.bincount(lists.tracks, minlength=num_tracks)


def load(path: str) -> MostPopular:
    """Reads the system that the program most_popular wrote.

    Raises:
        InputError: when it is damaged or another.
    """
    config = models.load_config(path)
    counts = models.load_parameters(path).get('counts')
    try:
        settings = msgspec.convert(config, _Settings)
        if config['system'] != NAME or counts.shape != (config['num_tracks'],):
            raise ValueError(f'a {config["system"]} of {config["num_tracks"]} tracks')
    except (KeyError, ValueError, AttributeError) as error:
        raise errors.InputError(
            f'{path} is no system of the most popular tracks ({error}); make it by '
            'spotify.most_popular'
        ) from error
    return MostPopular(counts, **msgspec.structs.asdict(settings))


def save(
    path: str,
    counts: np.ndarray,
    settings: Mapping[str, float],
    data: training_data.TrainingData,
    *,
    overwrite: bool = False,
) -> None:
    """Writes a system.

    Args:
        path: directory to make.
        counts: int64[T].
        settings: epsilon, num_slots and seed.
        data: what was counted.
        overwrite: whether path may be replaced.

    Raises:
        InputError: when path exists and may not be replaced.
    """
    source = data.describe()
    config = {
        **provenance.describe_run(),
        'system': NAME,
        'track_hash': data.track_hash,
        'num_tracks': len(counts),
        'inputs': [source],
        'bad_records': data.bad.total(),
        **settings,
    }
    card = f"""# The most popular tracks

The number of playlists that hold each of {len(counts)} tracks, in the train split of
`{source['path']}`. Each place of a list is filled by a random track with probability
{settings['epsilon']}.

Give the directory as a system to `make_recommendations` and `evaluate_recommendations`.
"""
    models.save_model(path, {'counts': counts}, {}, config, card=card, overwrite=overwrite)
