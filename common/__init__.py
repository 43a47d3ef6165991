"""Libraries that every flow uses, and the programs that they share."""
