"""Several operators that an engineer would have written as one layer: found, proved, translated."""
