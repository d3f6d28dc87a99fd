"""Numbers as pictures of characters: heat maps, tiles, images, treemaps. No terminal is needed.

A picture is rows of `Dab`s: text of one pair of colours. Who shows one turns them into segments;
where there are no colours, `heat.shaded` draws with characters alone.
"""
