"""Settings that all trainings have; imports nothing heavy, so that flags can be checked first."""

import dataclasses


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunSettings:
    """What a training keeps on its way; the flags are those of checkpoint_flags.

    Attributes:
        checkpoint_dir: directory of checkpoints; none are written when empty.
        checkpoint_every_epochs: epochs between them.
        resume_checkpoint: a checkpoint file, or 'latest'; empty to start anew.
        wandb_mode: disabled, offline or online.
    """

    checkpoint_dir: str = ''
    checkpoint_every_epochs: int = 1
    resume_checkpoint: str = ''
    wandb_mode: str = 'disabled'


# None of them changes what is learned, so that all may differ when a training is resumed.
NAMES = tuple(field.name for field in dataclasses.fields(RunSettings))
