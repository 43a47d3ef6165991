"""Flags of every training that writes checkpoints and tracks metrics; check them in main."""

from collections.abc import Iterable

from absl import flags

from common import errors

_CHECKPOINT_DIR = flags.DEFINE_string(
    'checkpoint_dir', '', 'Directory of checkpoints; none are written when empty.'
)
flags.DEFINE_integer(
    'checkpoint_every_epochs',
    1,
    'Epochs between checkpoints; the last epoch has one in any case.',
    lower_bound=1,
)
_RESUME_CHECKPOINT = flags.DEFINE_string(
    'resume_checkpoint', '', 'Checkpoint file to go on from, or latest, in --checkpoint_dir.'
)
flags.DEFINE_enum('wandb_mode', 'disabled', ('disabled', 'offline', 'online'), 'Weights & Biases.')


def check(inputs: Iterable[str]) -> None:
    """Raises an error unless the flags fit together and checkpoints may be written.

    Args:
        inputs: paths that will be read, and must survive.

    Raises:
        UsageError: when --checkpoint_dir is, holds or lies in an input, or is missing.
        InputError: when it is a file.
    """
    from common import checkpoints  # Imports NumPy, which a program may have to prepare.

    if _RESUME_CHECKPOINT.value == checkpoints.LATEST and not _CHECKPOINT_DIR.value:
        raise errors.UsageError('--resume_checkpoint=latest wants --checkpoint_dir')
    checkpoints.refuse_folder(_CHECKPOINT_DIR.value, inputs)
