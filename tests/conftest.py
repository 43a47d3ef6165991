"""pytest does not parse absl's flags; absltest's temporary directories want them parsed."""

from absl import flags

flags.FLAGS.mark_as_parsed()
