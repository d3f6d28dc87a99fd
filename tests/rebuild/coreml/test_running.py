"""Recurrent layers, detection, control flow and states, against PyTorch and TensorFlow."""

import numpy as np
import pytest
import tensorflow as tf
import torch

from inspector.errors import RunError, UnsupportedError
from rebuild.coreml.evaluate import Evaluator, needs
from tests.rebuild.coreml.programs import evaluate, mb, program, samples, target, types

STEPS, BATCH, WIDTH, HIDDEN = 5, 2, 3, 4
X = samples(STEPS, BATCH, WIDTH)


def regrouped(array):
    """PyTorch's gates (input, forget, cell, output) in MIL's order: the cell last."""
    i, f, g, o = np.split(np.asarray(array), 4)
    return np.concatenate([i, f, o, g])


def weights_of(layer, suffix=""):
    """A PyTorch LSTM's weights as MIL has them."""
    found = {name: p.detach().numpy() for name, p in layer.named_parameters()}
    return (
        regrouped(found[f"weight_ih_l0{suffix}"]),
        regrouped(found[f"weight_hh_l0{suffix}"]),
        regrouped(found[f"bias_ih_l0{suffix}"] + found[f"bias_hh_l0{suffix}"]),
    )


@pytest.mark.parametrize("both_ways", [False, True])
def test_lstm(both_ways):
    torch.manual_seed(0)
    layer = torch.nn.LSTM(WIDTH, HIDDEN, bidirectional=both_ways)
    ways = 2 if both_ways else 1
    hidden, cell = samples(ways, BATCH, HIDDEN, seed=1), samples(ways, BATCH, HIDDEN, seed=2)
    kernel, recurrent, bias = weights_of(layer)
    backward = {}
    if both_ways:
        back = weights_of(layer, "_reverse")
        names = ("weight_ih_back", "weight_hh_back", "bias_back")
        backward = dict(zip(names, back, strict=True)) | {"direction": "bidirectional"}
    found = evaluate(
        lambda x: mb.lstm(
            x=x,
            initial_h=np.concatenate(hidden, -1),
            initial_c=np.concatenate(cell, -1),
            weight_ih=kernel,
            weight_hh=recurrent,
            bias=bias,
            output_sequence=True,
            **backward,
        ),
        X,
    )
    states = torch.tensor(hidden), torch.tensor(cell)
    ys, (last, memory) = layer(torch.tensor(X), states)
    expected = ys, torch.cat(list(last), -1), torch.cat(list(memory), -1)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other.detach(), rtol=1e-5, atol=1e-6)


def test_lstm_backwards_gives_its_last_step():
    torch.manual_seed(0)
    layer = torch.nn.LSTM(WIDTH, HIDDEN)
    kernel, recurrent, bias = weights_of(layer)
    zeros = np.zeros((BATCH, HIDDEN), np.float32)
    ys, last, _ = evaluate(
        lambda x: mb.lstm(
            x=x,
            initial_h=zeros,
            initial_c=zeros,
            weight_ih=kernel,
            weight_hh=recurrent,
            bias=bias,
            direction="reverse",
        ),
        X,
    )
    _, (expected, _) = layer(torch.tensor(X).flip(0))
    np.testing.assert_allclose(last, expected[0].detach(), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(ys, last[None])


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_rnn(activation):
    torch.manual_seed(0)
    layer = torch.nn.RNN(WIDTH, HIDDEN, nonlinearity=activation)
    kernel, recurrent, *biases = (p.detach().numpy() for p in layer.parameters())
    start = samples(BATCH, HIDDEN, seed=1)
    found = evaluate(
        lambda x: mb.rnn(
            x=x,
            initial_h=start,
            weight_ih=kernel,
            weight_hh=recurrent,
            bias=sum(biases),
            activation=activation,
            output_sequence=True,
        ),
        X,
    )
    ys, last = layer(torch.tensor(X), torch.tensor(start[None]))
    for one, other in zip(found, (ys, last[0]), strict=True):
        np.testing.assert_allclose(one, other.detach(), rtol=1e-5, atol=1e-6)


def test_non_maximum_suppression():
    random = np.random.default_rng(0)
    corners = np.sort(random.uniform(0, 10, (1, 30, 2, 2)).astype(np.float32), axis=2)
    low, high = corners[:, :, 0], corners[:, :, 1]
    boxes = np.concatenate([(low + high) / 2, high - low], -1)
    scores = random.uniform(size=(1, 30, 1)).astype(np.float32)
    expected = tf.image.non_max_suppression(
        np.concatenate([low[0, :, ::-1], high[0, :, ::-1]], -1), scores[0, :, 0], 6, 0.2
    ).numpy()
    older = evaluate(
        lambda b, s: mb.non_maximum_suppression(
            boxes=b, scores=s, iou_threshold=0.2, score_threshold=-1.0, max_boxes=6
        ),
        boxes,
        scores,
        opset=target.iOS16,
    )
    np.testing.assert_array_equal(older[2][0], expected)
    np.testing.assert_array_equal(older[0][0], boxes[0, expected])
    np.testing.assert_array_equal(older[3], [6])
    newer = evaluate(
        lambda b, s: mb.non_maximum_suppression(boxes=b, scores=s, iou_threshold=0.2, max_boxes=6),
        boxes.swapaxes(1, 2),
        scores.swapaxes(1, 2),
    )
    np.testing.assert_array_equal(newer[2][0], expected)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_branch(sign):
    x = np.array([3 * sign], np.float32)

    def branch(x):
        positive = mb.greater(x=mb.reduce_sum(x=x, keep_dims=False), y=0.0)
        return mb.cond(
            pred=positive, _true_fn=lambda: mb.mul(x=x, y=10.0), _false_fn=lambda: mb.abs(x=x)
        )

    np.testing.assert_array_equal(evaluate(branch, x), [30] if sign > 0 else [3])


def test_a_loop():
    """Doubling until the number is over 100: what TensorFlow's loop gives."""
    x = np.array([3], np.float32)

    def loop(x):
        return mb.while_loop(
            _cond=lambda a: mb.less(x=mb.squeeze(x=a, axes=[0]), y=100.0),
            _body=lambda a: (mb.mul(x=a, y=2.0),),
            loop_vars=(x,),
        )

    (expected,) = tf.while_loop(lambda a: a[0] < 100, lambda a: (a * 2,), (tf.constant(x),))
    np.testing.assert_array_equal(evaluate(loop, x), expected)


def counting():
    """A program that adds its input to a state and gives the sum."""

    @mb.program(
        input_specs=[mb.TensorSpec((2,)), mb.StateTensorSpec((2,), types.fp16)],
        opset_version=target.iOS18,
    )
    def count(x, total):
        held = mb.cast(x=mb.read_state(input=total), dtype="fp32")
        return mb.cast(
            x=mb.coreml_update_state(
                state=total, value=mb.cast(x=mb.add(x=held, y=x), dtype="fp16")
            ),
            dtype="fp32",
        )

    return count


def test_a_state_lives_from_run_to_run():
    evaluator = Evaluator(counting())
    x = {"x": np.array([1, 2], np.float32)}
    for turn in (1, 2, 3):
        values = evaluator.run(x)
        np.testing.assert_array_equal(values[evaluator.outputs[0]], x["x"] * turn)
    evaluator.reset()
    np.testing.assert_array_equal(evaluator.run(x)[evaluator.outputs[0]], x["x"])


def test_a_part_runs_from_given_values():
    made = program(lambda x: mb.relu(x=mb.mul(x=mb.add(x=x, y=1.0), y=2.0)), X)
    evaluator = Evaluator(made)
    (product,) = (o.outputs[0] for o in evaluator.operations if o.op_type == "mul")
    (output,) = evaluator.outputs
    found = evaluator.part([output], {product: X})
    np.testing.assert_array_equal(found[output], np.maximum(X, 0))
    assert len(found) == 2  # what lies before was not computed


def test_what_cannot_be_evaluated_is_named():
    made = program(lambda x: mb.random_normal(shape=mb.shape(x=x)), X)
    assert list(Evaluator(made).unsupported) == ["random_normal"]
    with pytest.raises(UnsupportedError, match=r"operation \d+ of the program, random_normal"):
        needs(made)


def test_missing_inputs_and_failures_are_named():
    evaluator = Evaluator(program(lambda x: mb.relu(x=x), X))
    with pytest.raises(RunError, match="input 'input_0' is not given"):
        evaluator.run({})
    evaluator = Evaluator(program(lambda x, y: mb.add(x=x, y=y, name="total"), X, X))
    with pytest.raises(RunError, match="operation add 'total' of the program fails"):
        evaluator.run({"input_0": X, "input_1": samples(7)})
