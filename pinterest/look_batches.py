"""Batches of scenes, products and negatives for the shop-the-look model, made ahead of the step."""

import dataclasses
import queue
import threading
import time
from collections.abc import Iterable
from collections.abc import Iterator

import numpy as np

from pinterest import look_settings
from pinterest import photograph_store

Batch = dict[str, np.ndarray]

_AHEAD = 2
_ATTEMPTS = 20
_POLL_SECONDS = 0.2


@dataclasses.dataclass(frozen=True)
class LookData:
    """What to learn from.

    Attributes:
        store: photographs of the pairs.
        train: int32[N], rows in store.pairs to train on.
        validation: int32[V], rows in store.pairs to validate with.
        categories: int32[P], a number for the category of each row of store.products.
    """

    store: photograph_store.Store
    train: np.ndarray
    validation: np.ndarray
    categories: np.ndarray


class BatchMaker:
    """Makes the batches of an epoch; the same for the same settings and epoch."""

    def __init__(self, data: LookData, config: look_settings.TrainingConfig) -> None:
        self._store, self._config = data.store, config
        self._scenes = data.store.scene_rows[data.train].astype(np.int64)
        self._products = data.store.product_rows[data.train].astype(np.int64)
        self._boxes = data.store.boxes[data.train]
        self._num_products = len(data.store.products.ids)
        self._known = np.unique(self._scenes * self._num_products + self._products)
        self._batch_size = min(config.batch_size, len(data.train))
        # The products of training in the order of their categories, for draws within one.
        catalogue = np.unique(self._products)
        self._catalogue = catalogue[np.argsort(data.categories[catalogue], kind='stable')]
        own = data.categories[self._catalogue]
        self._starts = np.searchsorted(own, data.categories[self._products], side='left')
        self._stops = np.searchsorted(own, data.categories[self._products], side='right')

    @property
    def steps_per_epoch(self) -> int:
        """Batches that an epoch has."""
        return -(-len(self._products) // self._batch_size)

    def epoch(self, epoch: int) -> Iterator[Batch]:
        """Yields batches of B pairs and P products, of which the first B belong to the pairs.

        Every pair occurs; the last batch is filled up by pairs of a second pass.

        Yields:
            scenes uint8[B, S, S, 3], boxes and frames float32[B, 4], products uint8[P, S, S, 3],
            and negatives bool[B, P], which of the products may be negatives of a scene.
        """
        rng = np.random.default_rng((self._config.seed, epoch))
        count = len(self._products)
        order = np.concatenate([rng.permutation(count), rng.permutation(count)])
        for step in range(self.steps_per_epoch):
            chosen = order[step * self._batch_size : (step + 1) * self._batch_size]
            yield self._make(chosen, rng)

    def _make(self, chosen: np.ndarray, rng: np.random.Generator) -> Batch:
        scenes, products = self._scenes[chosen], self._products[chosen]
        if self._config.negatives in look_settings.DRAWN:
            drawn = self._draw(chosen, rng)
            mask = np.zeros((len(chosen), len(chosen) * (1 + drawn.shape[1])), bool)
            own = len(chosen) + np.arange(drawn.size).reshape(drawn.shape)
            np.put_along_axis(mask, own, ~self._is_positive(scenes, drawn), axis=1)
            products = np.concatenate([products, drawn.ravel()])
        else:
            others = np.broadcast_to(products, (len(chosen), len(chosen)))
            mask = ~self._is_positive(scenes, others)
        return {
            'scenes': self._store.scenes.images[scenes],
            'boxes': self._boxes[chosen],
            'frames': self._store.scenes.frames[scenes],
            'products': self._store.products.images[products],
            'negatives': mask,
        }

    def _draw(self, chosen: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Returns int64[B, K], for each pair products that its scene does not have.

        Where the category has no other product any product is drawn.
        """
        start, stop = np.zeros_like(chosen), np.full_like(chosen, len(self._catalogue))
        if self._config.negatives == look_settings.SAME_CATEGORY:
            others = self._stops[chosen] - self._starts[chosen] > 1
            start = np.where(others, self._starts[chosen], start)
            stop = np.where(others, self._stops[chosen], stop)
        shape = (len(chosen), self._config.num_neg)
        low, high = (np.broadcast_to(end[:, None], shape) for end in (start, stop))
        drawn = self._catalogue[rng.integers(low, high)]
        for _ in range(_ATTEMPTS):
            again = self._is_positive(self._scenes[chosen], drawn)
            if not again.any():
                break
            drawn[again] = self._catalogue[rng.integers(low[again], high[again])]
        return drawn

    def _is_positive(self, scenes: np.ndarray, products: np.ndarray) -> np.ndarray:
        """Returns bool[B, K], whether the scene [B] has the product [B, K]."""
        codes = scenes[:, None] * self._num_products + products
        places = np.minimum(np.searchsorted(self._known, codes), len(self._known) - 1)
        return self._known[places] == codes


class Prefetched:
    """Iterates over batches that a thread makes ahead.

    Attributes:
        waited: seconds that the reader has waited for batches so far.
    """

    def __init__(self, batches: Iterable[Batch]) -> None:
        self.waited = 0.0
        self._batches = batches
        self._queue: queue.Queue[Batch | BaseException | None] = queue.Queue(_AHEAD)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> 'Prefetched':
        """Starts the thread."""
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        """Ends the thread."""
        self._stopped.set()
        self._thread.join()

    def __iter__(self) -> Iterator[Batch]:
        """Yields the batches in order; raises what their maker raised."""
        while True:
            began = time.monotonic()
            item = self._queue.get()
            self.waited += time.monotonic() - began
            if item is None:
                return
            if isinstance(item, BaseException):
                raise item
            yield item

    def _work(self) -> None:
        try:
            for batch in self._batches:
                if not self._put(batch):
                    return
            self._put(None)
        except BaseException as error:
            self._put(error)

    def _put(self, item: Batch | BaseException | None) -> bool:
        """Hands an item over, unless the reader has gone."""
        while not self._stopped.is_set():
            try:
                self._queue.put(item, timeout=_POLL_SECONDS)
                return True
            except queue.Full:
                continue
        return False
