"""Drawings of neighbourhoods: what is chosen, that nothing lies on anything else, how it looks."""

import random
from itertools import combinations, pairwise

import pytest

import inspector
from inspector.graph import graph_of
from inspector.tui.drawing.columns import centres
from inspector.tui.drawing.layers import Bend, crossings, layered
from inspector.tui.drawing.neighbourhood import Neighbourhood, Node, Surroundings, around
from inspector.tui.drawing.picture import Label, picture
from inspector.tui.drawing.tracks import Net, tracks


def drawn(edges):
    """The characters of a graph of numbered operators."""
    return "\n".join("".join(text for text, _ in row).rstrip() for row in shown(edges).rows)


def shown(edges):
    nodes = tuple(sorted({Node(each) for edge in edges for each in edge}))
    pairs = tuple((Node(one), Node(other)) for one, other in edges)
    none = dict.fromkeys(nodes, 0)
    part = Neighbourhood(nodes, pairs, none, none)
    return picture(part, lambda node: Label(f"{node.operator} OP", "8"))


RESIDUAL = """\
    ╭──────╮
    │ 0 OP │
    │ 8    │
    ╰───┬──╯
    ╭───┴──╮
╭───┴──╮   │
│ 1 OP │   │
│ 8    │   │
╰───┬──╯   │
    ╰─╮   ╭╯
    ╭─┴───┴╮
    │ 2 OP │
    │ 8    │
    ╰──────╯"""
BRANCHES = """\
           ╭──────╮
           │ 0 OP │
           │ 8    │
           ╰───┬──╯
    ╭──────────┼──────────╮
╭───┴──╮   ╭───┴──╮   ╭───┴──╮
│ 1 OP │   │ 2 OP │   │ 3 OP │
│ 8    │   │ 8    │   │ 8    │
╰───┬──╯   ╰───┬──╯   ╰───┬──╯
    ╰────────╮ │ ╭────────╯
           ╭─┴─┴─┴╮
           │ 4 OP │
           │ 8    │
           ╰──────╯"""


def test_a_residual_block():
    assert drawn([(0, 1), (1, 2), (0, 2)]) == RESIDUAL


def test_branches():
    assert drawn([(0, 1), (0, 2), (0, 3), (1, 4), (2, 4), (3, 4)]) == BRANCHES


def random_graph(seed, size):
    """Edges that lead forwards, every node being on one."""
    choose = random.Random(seed)
    edges = {(choose.randrange(max(0, i - 6), i), i) for i in range(1, size)}
    edges |= {tuple(sorted(choose.sample(range(size), 2))) for _ in range(size // 2)}
    return sorted(edges)


@pytest.mark.parametrize("seed", range(8))
def test_boxes_do_not_overlap(seed):
    boxes = list(shown(random_graph(seed, 40)).boxes.values())
    assert len(boxes) == 40
    for one, other in combinations(boxes, 2):
        beside = one.x + one.width <= other.x or other.x + other.width <= one.x
        assert beside or one.y + one.height <= other.y or other.y + other.height <= one.y


@pytest.mark.parametrize("seed", range(8))
def test_every_reader_is_below_what_it_reads(seed):
    edges = random_graph(seed, 30)
    boxes = shown(edges).boxes
    assert all(boxes[Node(one)].y < boxes[Node(other)].y for one, other in edges)


@pytest.mark.parametrize("seed", range(8))
def test_every_edge_can_be_followed(seed):
    """Edges lead from layer to layer, and the bends of each join its ends."""
    edges = random_graph(seed, 30)
    nodes = sorted({node for edge in edges for node in edge})
    layers = layered(nodes, edges)
    layer = {key: i for i, row in enumerate(layers.rows) for key in row}
    assert all(layer[target] == layer[source] + 1 for source, target in layers.edges)
    after = {}
    for source, target in layers.edges:
        after.setdefault(source, []).append(target)

    def reached(key):
        for target in after.get(key, ()):
            yield from reached(target) if isinstance(target, Bend) else [target]

    assert sorted((node, each) for node in nodes for each in reached(node)) == edges


def test_sweeps_take_crossings_away():
    edges = [(0, 5), (1, 4), (2, 3)]
    layers = layered(range(6), edges)
    down = {source: [target] for source, target in layers.edges}
    assert crossings(layers.rows, down) == 0


def test_a_chain_is_straight():
    boxes = shown([(i, i + 1) for i in range(6)]).boxes.values()
    assert len({box.x for box in boxes}) == 1


@pytest.mark.parametrize("seed", range(20))
def test_nets_do_not_lie_on_each_other(seed):
    """Those whose columns overlap have tracks of their own."""
    choose = random.Random(seed)
    starts = choose.sample(range(60), 6)
    free = [column for column in range(60) if column not in starts]
    ends = iter(choose.sample(free, 12))
    nets = [Net(i, start, (next(ends), next(ends))) for i, start in enumerate(starts)]
    found = tracks(nets)
    for one, other in combinations(nets, 2):
        (first, last), (begin, end) = one.span, other.span
        if first <= end and begin <= last:
            assert found[one.source] != found[other.source]


def test_a_net_comes_down_above_the_one_that_leaves_there():
    """Net 0 ends in the column that net 1 starts in: 1 must have gone sideways before."""
    found = tracks([Net(0, 0, (10,)), Net(1, 10, (20,))])
    assert found[1] < found[0]


@pytest.mark.parametrize("sign", [1, -1], ids=["from the left", "from the right"])
def test_nets_that_come_from_one_side_do_not_cross(sign):
    """The nearer one comes down outside of the further one's track."""
    far, near = Net("far", sign * 0, (sign * 50,)), Net("near", sign * 30, (sign * 54,))
    found = tracks([far, near])
    assert found["near"] < found["far"]


def test_centres_are_apart():
    layers = layered(range(5), [(0, 1), (0, 2), (0, 3), (0, 4)])
    width = {key: 7 for row in layers.rows for key in row}
    places = sorted(centres(layers, width)[key] for key in (1, 2, 3, 4))
    assert all(b - a >= 7 for a, b in pairwise(places))


@pytest.fixture(scope="module")
def cnn(fixtures):
    with inspector.open(fixtures / "cnn.tflite") as model:
        yield model


def surroundings(model):
    graph = model.subgraphs[0]
    return Surroundings(list(graph.operators), graph_of(graph), graph.inputs)


def test_neighbours_of_an_operator(cnn):
    """Operator 3 adds what 0 and 2 gave; 4 and 5 read it."""
    part = around(surroundings(cnn), Node(3), 1)
    assert part.nodes == (Node(0), Node(2), Node(3), Node(4), Node(5))
    assert set(part.edges) == {(Node(n), Node(3)) for n in (0, 2)} | {
        (Node(3), Node(n)) for n in (4, 5)
    }
    assert part.above[Node(2)] == 1
    assert part.below[Node(0)] == 1


def test_inputs_are_nodes(cnn):
    part = around(surroundings(cnn), Node(0), 1)
    assert part.nodes[0] == Node(-1, cnn.subgraphs[0].inputs[0])


def test_what_unpacks_weights_is_left_out(fixtures):
    with inspector.open(fixtures / "cnn_float16.tflite") as model:
        every = surroundings(model)
        names = [operator.name for operator in every.operators.values()]
        assert "DEQUANTIZE" in names
        part = around(every, Node(names.index("CONV_2D")), 20)
        assert "DEQUANTIZE" not in {names[node.operator] for node in part.nodes if node.tensor < 0}


def test_the_same_graph_is_drawn_the_same():
    assert shown(random_graph(3, 40)) == shown(random_graph(3, 40))
