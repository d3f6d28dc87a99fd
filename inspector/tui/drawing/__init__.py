"""A piece of a graph as boxes and lines of characters. Nothing here knows of a terminal.

`neighbourhood.py` chooses the piece, `layers.py` puts its boxes into layers and orders them,
`columns.py` says where on a line each stands, `tracks.py` which way the lines between two layers
go, `canvas.py` has the characters; `picture.py` does it all.
"""
