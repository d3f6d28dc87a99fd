"""The TFLite schema, version 3 revision d: enums and the fields of the core tables. Data only.

Source: `tflite/converter/schema/schema.fbs` of google-ai-edge/LiteRT, and what version 2.3 adds. A
test holds each table and enum against the classes that LiteRT generates from it.
"""

from __future__ import annotations

import enum

from inspector.read.flatbuffer import Kind


class TensorType(enum.IntEnum):
    """The element type of a tensor; `str()` gives the lower-case name that listings show."""

    FLOAT32 = 0
    FLOAT16 = 1
    INT32 = 2
    UINT8 = 3
    INT64 = 4
    STRING = 5
    BOOL = 6
    INT16 = 7
    COMPLEX64 = 8
    INT8 = 9
    FLOAT64 = 10
    COMPLEX128 = 11
    UINT64 = 12
    RESOURCE = 13
    VARIANT = 14
    UINT32 = 15
    UINT16 = 16
    INT4 = 17
    BFLOAT16 = 18
    INT2 = 19
    UINT4 = 20
    FLOAT8_E4M3FN = 21
    FLOAT8_E5M2 = 22

    def __str__(self) -> str:
        return TYPE_NAMES[self]


TYPE_NAMES = {kind: kind.name.lower() for kind in TensorType}
"""Looked up for each tensor of a listing: an enum takes its time to tell a member's name."""

BITS = {
    TensorType.FLOAT64: 64,
    TensorType.INT64: 64,
    TensorType.UINT64: 64,
    TensorType.COMPLEX64: 64,
    TensorType.COMPLEX128: 128,
    TensorType.FLOAT32: 32,
    TensorType.INT32: 32,
    TensorType.UINT32: 32,
    TensorType.FLOAT16: 16,
    TensorType.BFLOAT16: 16,
    TensorType.INT16: 16,
    TensorType.UINT16: 16,
    TensorType.INT8: 8,
    TensorType.UINT8: 8,
    TensorType.BOOL: 8,
    TensorType.FLOAT8_E4M3FN: 8,
    TensorType.FLOAT8_E5M2: 8,
    TensorType.INT4: 4,
    TensorType.UINT4: 4,
    TensorType.INT2: 2,
}
"""Bits of one element; STRING, RESOURCE and VARIANT have no fixed size."""

INTEGERS = frozenset(t for t in TensorType if t.name.startswith(("INT", "UINT")))
"""The types that quantised tensors are stored in."""

MODEL = Kind(
    "Model",
    "version:uint operator_codes:[OperatorCode] subgraphs:[SubGraph] description:string "
    "buffers:[Buffer] metadata_buffer:[int] metadata:[Metadata] "
    "signature_defs:[SignatureDef] external_buffer_groups:[ExternalBufferGroup] "
    "external_buffers:[ExternalBuffer]",
)
OPERATOR_CODE = Kind(
    "OperatorCode",
    "deprecated_builtin_code:byte custom_code:string version:int=1 builtin_code:int",
)
SUB_GRAPH = Kind(
    "SubGraph",
    "tensors:[Tensor] inputs:[int] outputs:[int] operators:[Operator] name:string "
    "debug_metadata_index:int=-1",
)
TENSOR = Kind(
    "Tensor",
    "shape:[int] type:byte buffer:uint name:string quantization:QuantizationParameters "
    "is_variable:bool sparsity:SparsityParameters shape_signature:[int] has_rank:bool "
    "variant_tensors:[VariantSubType] external_buffer:uint",
)
QUANTIZATION_PARAMETERS = Kind(
    "QuantizationParameters",
    "min:[float] max:[float] scale:[float] zero_point:[long] details_type:ubyte "
    "details:QuantizationDetails quantized_dimension:int",
)
BLOCKWISE_QUANTIZATION = Kind(
    "BlockwiseQuantization",
    "scales:int zero_points:int block_size:int block_shape:[int]",
)
MULTI_AXIS_QUANTIZATION = Kind(
    "MultiAxisQuantization",
    "scales:int zero_points:int block_size:int quantized_dimensions:[int]",
)
CUSTOM_QUANTIZATION = Kind("CustomQuantization", "custom:[ubyte]")
SPARSITY_PARAMETERS = Kind(
    "SparsityParameters",
    "traversal_order:[int] block_map:[int] dim_metadata:[DimensionMetadata]",
)
DIMENSION_METADATA = Kind(
    "DimensionMetadata",
    "format:byte dense_size:int array_segments_type:ubyte array_segments:SparseIndexVector "
    "array_indices_type:ubyte array_indices:SparseIndexVector",
)
SPARSE_VECTOR = Kind("SparseIndexVector", "values:[int]")
VARIANT_SUB_TYPE = Kind("VariantSubType", "shape:[int] type:byte has_rank:bool")
OPERATOR = Kind(
    "Operator",
    "opcode_index:uint inputs:[int] outputs:[int] builtin_options_type:ubyte "
    "builtin_options:BuiltinOptions custom_options:[ubyte] custom_options_format:byte "
    "mutating_variable_inputs:[bool] intermediates:[int] large_custom_options_offset:ulong "
    "large_custom_options_size:ulong builtin_options_2_type:ubyte "
    "builtin_options_2:BuiltinOptions2 debug_metadata_index:int=-1",
)
BUFFER = Kind("Buffer", "data:[ubyte] offset:ulong size:ulong")
METADATA = Kind("Metadata", "name:string buffer:uint")
SIGNATURE_DEF = Kind(
    "SignatureDef",
    "inputs:[TensorMap] outputs:[TensorMap] signature_key:string - subgraph_index:uint",
)
TENSOR_MAP = Kind("TensorMap", "name:string tensor_index:uint")
EXTERNAL_BUFFER_GROUP = Kind("ExternalBufferGroup", "name:string")
EXTERNAL_BUFFER = Kind(
    "ExternalBuffer",
    "id:uint group:uint offset:ulong length:ulong packing:string",
)

BUILTIN_OPERATORS: tuple[str, ...] = tuple(
    """
    ADD AVERAGE_POOL_2D CONCATENATION CONV_2D DEPTHWISE_CONV_2D DEPTH_TO_SPACE DEQUANTIZE
    EMBEDDING_LOOKUP FLOOR FULLY_CONNECTED HASHTABLE_LOOKUP L2_NORMALIZATION L2_POOL_2D
    LOCAL_RESPONSE_NORMALIZATION LOGISTIC LSH_PROJECTION LSTM MAX_POOL_2D MUL RELU RELU_N1_TO_1
    RELU6 RESHAPE RESIZE_BILINEAR RNN SOFTMAX SPACE_TO_DEPTH SVDF TANH CONCAT_EMBEDDINGS
    SKIP_GRAM CALL CUSTOM EMBEDDING_LOOKUP_SPARSE PAD UNIDIRECTIONAL_SEQUENCE_RNN GATHER
    BATCH_TO_SPACE_ND SPACE_TO_BATCH_ND TRANSPOSE MEAN SUB DIV SQUEEZE
    UNIDIRECTIONAL_SEQUENCE_LSTM STRIDED_SLICE BIDIRECTIONAL_SEQUENCE_RNN EXP TOPK_V2 SPLIT
    LOG_SOFTMAX DELEGATE BIDIRECTIONAL_SEQUENCE_LSTM CAST PRELU MAXIMUM ARG_MAX MINIMUM LESS NEG
    PADV2 GREATER GREATER_EQUAL LESS_EQUAL SELECT SLICE SIN TRANSPOSE_CONV SPARSE_TO_DENSE TILE
    EXPAND_DIMS EQUAL NOT_EQUAL LOG SUM SQRT RSQRT SHAPE POW ARG_MIN FAKE_QUANT REDUCE_PROD
    REDUCE_MAX PACK LOGICAL_OR ONE_HOT LOGICAL_AND LOGICAL_NOT UNPACK REDUCE_MIN FLOOR_DIV
    REDUCE_ANY SQUARE ZEROS_LIKE FILL FLOOR_MOD RANGE RESIZE_NEAREST_NEIGHBOR LEAKY_RELU
    SQUARED_DIFFERENCE MIRROR_PAD ABS SPLIT_V UNIQUE CEIL REVERSE_V2 ADD_N GATHER_ND COS WHERE
    RANK ELU REVERSE_SEQUENCE MATRIX_DIAG QUANTIZE MATRIX_SET_DIAG ROUND HARD_SWISH IF WHILE
    NON_MAX_SUPPRESSION_V4 NON_MAX_SUPPRESSION_V5 SCATTER_ND SELECT_V2 DENSIFY SEGMENT_SUM
    BATCH_MATMUL PLACEHOLDER_FOR_GREATER_OP_CODES CUMSUM CALL_ONCE BROADCAST_TO RFFT2D CONV_3D
    IMAG REAL COMPLEX_ABS HASHTABLE HASHTABLE_FIND HASHTABLE_IMPORT HASHTABLE_SIZE REDUCE_ALL
    CONV_3D_TRANSPOSE VAR_HANDLE READ_VARIABLE ASSIGN_VARIABLE BROADCAST_ARGS
    RANDOM_STANDARD_NORMAL BUCKETIZE RANDOM_UNIFORM MULTINOMIAL GELU DYNAMIC_UPDATE_SLICE
    RELU_0_TO_1 UNSORTED_SEGMENT_PROD UNSORTED_SEGMENT_MAX UNSORTED_SEGMENT_SUM ATAN2
    UNSORTED_SEGMENT_MIN SIGN BITCAST BITWISE_XOR RIGHT_SHIFT STABLEHLO_LOGISTIC STABLEHLO_ADD
    STABLEHLO_DIVIDE STABLEHLO_MULTIPLY STABLEHLO_MAXIMUM STABLEHLO_RESHAPE STABLEHLO_CLAMP
    STABLEHLO_CONCATENATE STABLEHLO_BROADCAST_IN_DIM STABLEHLO_CONVOLUTION STABLEHLO_SLICE
    STABLEHLO_CUSTOM_CALL STABLEHLO_REDUCE STABLEHLO_ABS STABLEHLO_AND STABLEHLO_COSINE
    STABLEHLO_EXPONENTIAL STABLEHLO_FLOOR STABLEHLO_LOG STABLEHLO_MINIMUM STABLEHLO_NEGATE
    STABLEHLO_OR STABLEHLO_POWER STABLEHLO_REMAINDER STABLEHLO_RSQRT STABLEHLO_SELECT
    STABLEHLO_SUBTRACT STABLEHLO_TANH STABLEHLO_SCATTER STABLEHLO_COMPARE STABLEHLO_CONVERT
    STABLEHLO_DYNAMIC_SLICE STABLEHLO_DYNAMIC_UPDATE_SLICE STABLEHLO_PAD STABLEHLO_IOTA
    STABLEHLO_DOT_GENERAL STABLEHLO_REDUCE_WINDOW STABLEHLO_SORT STABLEHLO_WHILE
    STABLEHLO_GATHER STABLEHLO_TRANSPOSE DILATE STABLEHLO_RNG_BIT_GENERATOR REDUCE_WINDOW
    STABLEHLO_COMPOSITE STABLEHLO_SHIFT_LEFT STABLEHLO_CBRT STABLEHLO_CASE
    """.split()
)
"""Operator names by code."""
