"""Keras source from a `.tflite` graph: translated, emitted, and proved equal by running it."""
