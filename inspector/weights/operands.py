"""What the kernels call their operands, in order. Data only, and the function that looks it up.

Source: the tensor index constants of `tflite/kernels/*.cc` (LiteRT), in snake case. Where Keras has
the same variable, it is called as Keras calls it: `kernel`, `bias`, `alpha`, `embeddings`.
"""

from __future__ import annotations

from inspector.read.records import Operator

VALUE = "value"

DATA = frozenset({VALUE, "input", "params", "update", "updates", "values", "x", "y"})
"""Operands that other models compute; the rest are weights, or tell an operator what to do."""

ALIKE = """
ADD SUB MUL DIV POW MAXIMUM MINIMUM SQUARED_DIFFERENCE FLOOR_DIV FLOOR_MOD ATAN2 ADD_N
EQUAL NOT_EQUAL LESS LESS_EQUAL GREATER GREATER_EQUAL LOGICAL_AND LOGICAL_OR BITWISE_XOR
RIGHT_SHIFT SELECT SELECT_V2 CONCATENATION PACK STABLEHLO_ADD STABLEHLO_SUBTRACT
STABLEHLO_MULTIPLY STABLEHLO_DIVIDE STABLEHLO_MAXIMUM STABLEHLO_MINIMUM STABLEHLO_POWER
STABLEHLO_REMAINDER STABLEHLO_AND STABLEHLO_OR STABLEHLO_COMPARE STABLEHLO_SELECT
STABLEHLO_CLAMP STABLEHLO_SHIFT_LEFT STABLEHLO_CONCATENATE
"""
ELEMENTWISE = frozenset(ALIKE.split())
"""Operators whose operands are alike: a constant one is a `value`."""

GATES = ("input", "forget", "cell", "output")
GATE_WEIGHTS = (
    *(f"input_to_{gate}_weights" for gate in GATES),
    *(f"recurrent_to_{gate}_weights" for gate in GATES),
    *(f"cell_to_{gate}_weights" for gate in GATES if gate != "cell"),
    *(f"{gate}_gate_bias" for gate in GATES),
    "projection_weights",
    "projection_bias",
)
LSTM = ("input", *GATE_WEIGHTS, "output_state", "cell_state")
LSTM += tuple(f"{gate}_layer_norm_coefficients" for gate in GATES)
BASIC_LSTM = ("input", "prev_activation", "weights", "biases", "prev_state")
RNN = ("input", "weights", "recurrent_weights", "bias", "hidden_state")
BIDIRECTIONAL_LSTM = (
    "input",
    *(f"{way}_{name}" for way in ("fw", "bw") for name in GATE_WEIGHTS),
    *(f"{way}_{name}_state" for way in ("fw", "bw") for name in ("activation", "cell")),
    "aux_input",
    *(f"{way}_aux_input_to_{gate}_weights" for way in ("fw", "bw") for gate in GATES),
)
BIDIRECTIONAL_RNN = (
    "input",
    *(f"{way}_{name}" for way in ("fw", "bw") for name in RNN[1:]),
    *("aux_input", "fw_aux_weights", "bw_aux_weights"),
)

OPERANDS: dict[str, tuple[str, ...]] = {
    "LSTM": LSTM,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": LSTM,
    "BIDIRECTIONAL_SEQUENCE_LSTM": BIDIRECTIONAL_LSTM,
    "RNN": RNN,
    "UNIDIRECTIONAL_SEQUENCE_RNN": RNN,
    "BIDIRECTIONAL_SEQUENCE_RNN": BIDIRECTIONAL_RNN,
} | {
    line.split()[0]: tuple(line.split()[1:])
    for line in """
    CONV_2D input kernel bias
    DEPTHWISE_CONV_2D input kernel bias
    FULLY_CONNECTED input kernel bias
    CONV_3D input kernel bias
    CONV_3D_TRANSPOSE output_shape kernel input bias
    TRANSPOSE_CONV output_shape kernel input bias
    Convolution2DTransposeBias input kernel bias
    PRELU input alpha
    EMBEDDING_LOOKUP lookup embeddings
    EMBEDDING_LOOKUP_SPARSE lookup indices dense_shape weights embeddings
    HASHTABLE_LOOKUP lookup key value
    SVDF input weights_feature weights_time bias state
    TFLite_Detection_PostProcess box_encodings class_predictions anchors
    ARG_MAX input axis
    ARG_MIN input axis
    ASSIGN_VARIABLE resource_id value
    BATCH_MATMUL x y
    BATCH_TO_SPACE_ND input block_shape crops
    BROADCAST_ARGS shape1 shape2
    BROADCAST_TO input shape
    CUMSUM input axis
    DILATE input dilations padding_value
    DYNAMIC_UPDATE_SLICE input update start_indices
    EXPAND_DIMS input axis
    FILL dims value
    GATHER params indices
    GATHER_ND params indices
    HASHTABLE_FIND resource_id key default_value
    HASHTABLE_IMPORT resource_id key value
    IF condition
    MATRIX_SET_DIAG input diagonal
    MEAN input axis
    MIRROR_PAD input paddings
    MULTINOMIAL logits num_samples
    NON_MAX_SUPPRESSION_V4 boxes scores max_output_size iou_threshold score_threshold
    NON_MAX_SUPPRESSION_V5 boxes scores max_output_size iou_threshold score_threshold sigma
    ONE_HOT indices depth on_value off_value
    PAD input paddings
    PADV2 input paddings constant_values
    RANDOM_STANDARD_NORMAL shape
    RANDOM_UNIFORM shape
    RANGE start limit delta
    REDUCE_ALL input axis
    REDUCE_ANY input axis
    REDUCE_MAX input axis
    REDUCE_MIN input axis
    REDUCE_PROD input axis
    RESHAPE input shape
    RESIZE_BILINEAR input size
    RESIZE_NEAREST_NEIGHBOR input size
    REVERSE_SEQUENCE input seq_lengths
    REVERSE_V2 input axis
    RFFT2D input fft_length
    SCATTER_ND indices updates shape
    SEGMENT_SUM input segment_ids
    SLICE input begin size
    SPACE_TO_BATCH_ND input block_shape paddings
    SPARSE_TO_DENSE indices output_shape values default_value
    SPLIT axis input
    SPLIT_V input size_splits axis
    STABLEHLO_GATHER input start_indices
    STABLEHLO_PAD input padding_value
    STABLEHLO_SCATTER inputs scatter_indices updates
    STRIDED_SLICE input begin end strides
    SUM input axis
    TILE input multiples
    TOPK_V2 input k
    TRANSPOSE input perm
    UNSORTED_SEGMENT_MAX input segment_ids num_segments
    UNSORTED_SEGMENT_MIN input segment_ids num_segments
    UNSORTED_SEGMENT_PROD input segment_ids num_segments
    UNSORTED_SEGMENT_SUM input segment_ids num_segments
    """.strip().splitlines()
}
"""Operand names by operator, for those with more than one kind of operand."""


def operand_name(operator: Operator, operand: int) -> str:
    """What operand `operand` of an operator is called, in snake case.

    `value` where the operands are alike, `operand_<n>` where nothing is known of the operator.
    """
    if operator.name in ELEMENTWISE:
        return VALUE
    names = OPERANDS.get(operator.name, ())
    if operator.name == "LSTM" and len(operator.inputs) == len(BASIC_LSTM):  # as lstm.cc does
        names = BASIC_LSTM
    return names[operand] if operand < len(names) else f"operand_{operand}"
