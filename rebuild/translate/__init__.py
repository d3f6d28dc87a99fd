"""From operators to expressions that read like the Keras they become."""
