"""Constants: any of them as an array, in the axis order of the reader's framework."""
