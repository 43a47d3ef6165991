"""Protocol buffer modules, generated from proto/ by scripts/gen_protos.sh."""
