"""What LiteRT's kernels take: how many operands, of what types and ranks. Data, and a check.

Read off `Prepare` and `Eval` of each kernel (tflite/kernels/*.cc), and held to the interpreter by
`tests/rebuild/test_misfits.py`. The types are those of tensors that are not quantised: what a
kernel makes of integers with scales is another matter (`quantized.py`).

A line is the operator and its operands, each a letter for its type, operands with the same letter
being of one type; `?` marks one that may be left out, `*` one that there are any number of, and
`[2-4]` or `[4]` says how many axes it may have. `>T` says that the first output has to be of
such a type too, which some kernels see to themselves. Then come the types that a letter stands for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rebuild.translate.expression import Operand

GROUPS = {
    "index": "int32 int64",
    "sized": "float32 float16 float64 bfloat16 int8 uint8 int16 uint16 int32 uint32 int64 uint64 "
    "bool complex64",
    "all": "float32 float16 float64 bfloat16 int8 uint8 int16 uint16 int32 uint32 int64 uint64 "
    "bool complex64 string int4",
    "usual": "float32 int8 uint8 int16 int32 int64",
    "compared": "float32 float16 bfloat16 int16 int32 int64",
}
"""Names for types that several kernels take."""

TAKES = """
ABS(T)>T T=float32 int16 int32
ADD(T T)>T T=float32 float16 int16 int32 int64
ADD_N(T T T*)>T T=float32 int32
ARG_MAX(T I) T=float32 int8 uint8 int32 bool I=index
ARG_MIN(T I) T=float32 int8 uint8 int32 bool I=index
ATAN2(T T)>T T=float32 float64 float16 bfloat16
AVERAGE_POOL_2D(T[4])>T T=float32
BATCH_MATMUL(T[2-5] T[2-5])>T T=float32
BATCH_TO_SPACE_ND(T[3-4] I[1] I[2])>T T=sized I=int32
BIDIRECTIONAL_SEQUENCE_LSTM(F*) F=float32
BIDIRECTIONAL_SEQUENCE_RNN(F*) F=float32
BITWISE_XOR(T T)>T T=int8 uint8 int16 uint16 int32 uint32
BROADCAST_ARGS(I[1] I[1]) I=index
BROADCAST_TO(T[0-8] I[1])>T T=sized I=index
BUCKETIZE(T) T=float32 float64 int32 int64
CEIL(T)>T T=float32
COMPLEX_ABS(T) T=complex64
CONV_2D(T[4] T[4] T?)>T T=float32
CONV_3D(T[5] T[5] T?)>T T=float32
CONV_3D_TRANSPOSE(I[1] T[5] T[5] T[1]?)>T T=float32 I=int32
COS(T)>T T=float32 float16 bfloat16
CUMSUM(T I) T=float32 int32 int64 I=int32
DEPTHWISE_CONV_2D(T[4] T[4] T[1]?)>T T=float32
DEPTH_TO_SPACE(T[4])>T T=float32 int8 uint8 int32 int64
DEQUANTIZE(T) T=float16 bfloat16
DILATE(T I[1] T)>T T=sized I=int32
DIV(T T)>T T=float32 int32
DYNAMIC_UPDATE_SLICE(T T I[1])>T T=sized int4 I=index
ELU(T)>T T=float32
EMBEDDING_LOOKUP(I[1] T[2-8]) T=sized int4 I=int32
EMBEDDING_LOOKUP_SPARSE(I[1] I[2] I[1] F[1] F[2-8]) I=int32 F=float32
EQUAL(T T) T=compared bool string
EXP(T)>T T=float32
EXPAND_DIMS(T I) T=all I=index
FAKE_QUANT(T) T=float32
FILL(I[1] T[0]) T=sized string I=index
FLOOR(T)>T T=float32 float16 bfloat16
FLOOR_DIV(T T)>T T=float32 int8 int16 int32
FLOOR_MOD(T T)>T T=float32 int8 int16 int32 int64
FULLY_CONNECTED(T T[2] T?) T=float32
GATHER(T[1-8] I) T=usual float16 bfloat16 bool string int4 I=int16 int32 int64
GATHER_ND(T[1-8] I[1-8]) T=usual float16 bfloat16 bool string I=int16 int32 int64
GELU(T)>T T=float32 float16 bfloat16
GREATER(T T) T=compared
GREATER_EQUAL(T T) T=compared
HARD_SWISH(T)>T T=float32
HASHTABLE_LOOKUP(I[1] I[1] T[1-8])>T T=sized I=int32
IMAG(T) T=complex64 complex128
L2_NORMALIZATION(T[0-6])>T T=float32
L2_POOL_2D(T[4])>T T=float32
LEAKY_RELU(T)>T T=float32
LESS(T T) T=compared
LESS_EQUAL(T T) T=compared
LOCAL_RESPONSE_NORMALIZATION(T[4])>T T=float32
LOG(T)>T T=float32
LOGICAL_AND(T T)>T T=bool
LOGICAL_NOT(T)>T T=bool
LOGICAL_OR(T T)>T T=bool
LOGISTIC(T)>T T=float32 float16 bfloat16
LOG_SOFTMAX(T[1-8])>T T=float32
LSH_PROJECTION(F[2] A[1-8] W[1]?) F=float32 A=sized string W=float32
LSTM(F*) F=float32
MATRIX_DIAG(T[1-8]) T=usual uint32
MATRIX_SET_DIAG(T[2-8] T) T=usual uint32
MAXIMUM(T T)>T T=usual float16 bfloat16
MAX_POOL_2D(T[4])>T T=float32
MEAN(T I) T=float32 int32 int64 I=int32
MINIMUM(T T)>T T=usual float16 bfloat16
MIRROR_PAD(T I[2])>T T=sized I=index
MUL(T T)>T T=float32 float16 bfloat16 int16 int32 uint32 int64 complex64
MULTINOMIAL(F[2] I[0]) F=float32 I=int32
NEG(T) T=float32 float16 bfloat16 int8 int16 int32 int64
NON_MAX_SUPPRESSION_V4(F[2] F[1] I[0] F[0] F[0]) F=float32 I=int32
NON_MAX_SUPPRESSION_V5(F[2] F[1] I[0] F[0] F[0] F[0]) F=float32 I=int32
NOT_EQUAL(T T) T=float32 float16 bfloat16 int32 int64 bool string
ONE_HOT(I J T T)>T T=float32 int8 uint8 int32 int64 bool I=index J=int32
PACK(T T*)>T T=usual uint32
PAD(T[0-5] I[2])>T T=usual float16 bfloat16 bool I=int8 int16 int32 int64
PADV2(T[0-5] I[2] T?)>T T=usual float16 bfloat16 bool I=int8 int16 int32 int64
POW(T T)>T T=float32 int32
PRELU(T T)>T T=float32
RANDOM_STANDARD_NORMAL(I[1]) I=int32
RANDOM_UNIFORM(I[1]) I=int32
RANGE(T[0] T[0] T[0])>T T=float32 int32 int64
REAL(T) T=complex64 complex128
REDUCE_ALL(T I)>T T=bool I=int32
REDUCE_ANY(T I)>T T=bool I=int32
REDUCE_MAX(T I) T=usual I=int32
REDUCE_MIN(T I) T=usual I=int32
REDUCE_PROD(T I) T=usual I=int32
REDUCE_WINDOW(T T I I I)>T T=usual bool float64 I=int64
RELU(T)>T T=float32
RELU6(T)>T T=float32
RELU_0_TO_1(T)>T T=float32
RELU_N1_TO_1(T)>T T=float32
RESHAPE(T I?) T=all I=int32
RESIZE_BILINEAR(T[4] I[1])>T T=float32 int8 uint8 int16 I=int32
RESIZE_NEAREST_NEIGHBOR(T[4] I[1]) T=float32 float16 int8 uint8 int16 int32 bool I=int32
REVERSE_SEQUENCE(T I[1])>T T=float32 uint8 int16 int32 int64 I=index
REVERSE_V2(T[1-8] I[1])>T T=usual float16 bfloat16 bool I=int32
RFFT2D(F[2-8] I[1]) F=float32 I=int32
RIGHT_SHIFT(T T)>T T=int8 uint8 int16 uint16 int32 uint32
RNN(F*) F=float32
ROUND(T)>T T=float32 float16 bfloat16
RSQRT(T)>T T=float32
SCATTER_ND(I[1-8] T I[1]) T=float32 int8 uint8 int32 int64 bool I=int32
SEGMENT_SUM(T[1-8] I[1]) T=float32 int32 I=int32
SELECT(B T T) T=sized B=bool
SELECT_V2(B T T) T=sized B=bool
SIGN(T)>T T=float32 float64 int32
SIN(T)>T T=float32 float16 bfloat16
SLICE(T[1-5] I[1] I[1])>T T=all I=index
SOFTMAX(T[1-8])>T T=float32 float16 bfloat16
SPACE_TO_BATCH_ND(T[3-4] I[1] I[2])>T T=sized I=int32
SPACE_TO_DEPTH(T[4])>T T=float32 int8 uint8 int32 int64
SPARSE_TO_DENSE(I[0-2] I[1] T[0-1] T)>T T=float32 int8 uint8 int32 int64 I=index
SPLIT(I T) T=usual I=int32
SPLIT_V(T I J) T=usual I=index J=int32
SQRT(T)>T T=float32
SQUARE(T)>T T=float32
SQUARED_DIFFERENCE(T T)>T T=float32 int32
SQUEEZE(T) T=all
STABLEHLO_GATHER(T I)>T T=sized I=index
STABLEHLO_SCATTER(T I T)>T T=usual float16 float64 uint16 uint32 uint64 bool I=index
STRIDED_SLICE(T[1-8] I[1] I[1] I[1])>T T=all I=int32
SUB(T T)>T T=float32 int32 int64
SUM(T I) T=float32 int32 int64 I=int32
SVDF(F*) F=float32
TANH(T)>T T=float32 float16 bfloat16
TILE(T I[1])>T T=all I=index
TOPK_V2(T[1-8] K)>T T=usual K=int16 int32
TRANSPOSE(T[1-6] I[1])>T T=sized int4 I=int32
TRANSPOSE_CONV(I[1] T[4] T[4] T[1]?)>T T=float32 I=int32
UNIDIRECTIONAL_SEQUENCE_LSTM(F*) F=float32
UNIDIRECTIONAL_SEQUENCE_RNN(F*) F=float32
UNIQUE(T[1])>T T=usual
UNPACK(T[1-8])>T T=float32 float16 int8 uint8 int16 int32 bool
UNSORTED_SEGMENT_MAX(T I J[0-1]) T=float32 int32 I=int32 J=int32
UNSORTED_SEGMENT_MIN(T I J[0-1]) T=float32 int32 I=int32 J=int32
UNSORTED_SEGMENT_PROD(T I J[0-1]) T=float32 int32 I=int32 J=int32
UNSORTED_SEGMENT_SUM(T I J[0-1]) T=float32 int32 I=int32 J=int32
WHERE(T[1-8]) T=float32 int8 uint8 int32 uint32 int64 bool
ZEROS_LIKE(T) T=float32 int32 int64
AudioSpectrogram(F[2]) F=float32
CONCATENATION(T T*)>T T=usual float16 bfloat16 uint32 bool
Convolution2DTransposeBias(F[4] F[4] F[1]) F=float32
MaxPoolingWithArgmax2D(F[4]) F=float32
MaxUnpooling2D(F[4] F[4]) F=float32
Mfcc(F[3] I) F=float32 I=int32
NumericVerify(H F) H=float16 F=float32
SKIP_GRAM(S) S=string
TFLite_Detection_PostProcess(F[3] F[3] F[2]) F=float32
"""

TOGETHER = """
    ADD BITWISE_XOR DIV EQUAL FLOOR_DIV FLOOR_MOD GREATER GREATER_EQUAL LESS LESS_EQUAL LOGICAL_AND
    LOGICAL_OR MAXIMUM MINIMUM MUL NOT_EQUAL POW PRELU RIGHT_SHIFT SELECT_V2 SQUARED_DIFFERENCE SUB
"""
"""Operators whose operands are repeated to a common shape, if they have one."""

ALIKE = {"ADD_N", "ATAN2", "PACK"}
"""Operators whose operands have one shape."""

SCALED = ("int8", "uint8", "int16")
"""Types whose values mostly stand for real numbers."""

MOST_AXES = 8
"""What a kernel takes that does not count them."""

LINE = re.compile(r"(\w+)\((.*)\)(?:>(\w))? (.*)")
OPERAND = re.compile(r"(\w)(?:\[(\d)(?:-(\d))?\])?([?*]?)")


@dataclass(frozen=True, slots=True)
class Taken:
    """One operand: a letter for its type, its types, the axes it may have, and how often it is."""

    letter: str
    types: frozenset[str]
    ranks: range
    often: str = ""


@dataclass(frozen=True, slots=True)
class Kernel:
    """The operands of a kernel, and the letter for the type of its first output, if it has one."""

    operands: tuple[Taken, ...]
    output: str = ""

    @property
    def least(self) -> int:
        """How many operands it takes at least."""
        return sum(not each.often for each in self.operands)

    def at(self, place: int) -> Taken:
        """The operand at a place."""
        return self.operands[min(place, len(self.operands) - 1)]

    def refuses(self, count: int) -> str:
        """What is wrong with a number of operands."""
        most = count if self.operands[-1].often == "*" else len(self.operands)
        if self.least <= count <= most:
            return ""
        taken = str(most) if self.least == most else f"{self.least} to {most}"
        return f"it has {count} operands, and its kernel takes {taken}"


@cache
def kernels() -> dict[str, Kernel]:
    """The table, by operator."""
    lines = (LINE.fullmatch(line) for line in TAKES.strip().splitlines())
    return {m[1]: Kernel(tuple(parsed(m[2], m[4])), m[3] or "") for m in lines if m}


def parsed(operands: str, letters: str) -> list[Taken]:
    """The operands of a line."""
    types = {}
    for letter, _, names in (part.partition("=") for part in re.split(r" (?=\w=)", letters)):
        spelled = " ".join(GROUPS.get(name, name) for name in names.split())
        types[letter] = frozenset(spelled.split())
    found = []
    for letter, low, high, often in OPERAND.findall(operands):
        ranks = range(int(low), int(high or low) + 1) if low else range(MOST_AXES + 1)
        found.append(Taken(letter, types[letter], ranks, often))
    return found


def refusal(
    operator: str,
    operands: Sequence[Operand | None],
    outputs: Sequence[Operand],
    is_quantized: bool,
) -> str:
    """Why the kernel of `operator` does not take these operands; nothing where it does.

    `is_quantized` says that some have scales: then their types are not looked at.
    """
    kernel = kernels().get(operator)
    if kernel is None:
        return ""
    kinds: dict[str, str] = {}
    found = kernel.refuses(len(operands))
    for place, operand in enumerate(operands):
        if not found and operand is not None:
            each = kernel.at(place)
            wrong = of_rank(operand, each) or (
                "" if is_quantized else of_type(operand, each, kinds)
            )
            found = f"its operand {place} {wrong}" if wrong else ""
    found = found or of_shapes(operator, [each.shape for each in operands if each is not None])
    kind = kinds.get(kernel.output)
    if not found and outputs and kind not in (None, outputs[0].dtype):
        return f"its output is {outputs[0].dtype}, and its kernel makes {kind} of its operands"
    return found


def of_shapes(operator: str, shapes: Sequence[tuple[int, ...]]) -> str:
    """What is wrong with the shapes of operands together."""
    listed = " and ".join(str(list(shape)) for shape in shapes)
    if operator in ALIKE and len(set(shapes)) > 1:
        return f"its operands are {listed}, and its kernel takes one shape"
    if operator not in TOGETHER.split():
        return ""
    turned = zip_longest(*(reversed(shape) for shape in shapes), fillvalue=1)
    fits = all(len(set(sizes) - {1}) < 2 for sizes in turned)
    return "" if fits else f"its operands are {listed}, which have no common shape"


def of_rank(operand: Operand, wanted: Taken) -> str:
    """What is wrong with an operand of too few or too many axes."""
    if operand.rank in wanted.ranks:
        return ""
    low, high = wanted.ranks[0], wanted.ranks[-1]
    taken = str(low) if low == high else f"{low} to {high}"
    return f"has {operand.rank} axes, and its kernel takes {taken}"


def of_type(operand: Operand, wanted: Taken, kinds: dict[str, str]) -> str:
    """What is wrong with an operand of a type that the kernel lacks, or of another than the rest.

    `kinds` are the types of the operands before it, by letter.
    """
    if operand.dtype not in wanted.types:
        unscaled = " without a scale" if operand.dtype in SCALED else ""
        taken = ", ".join(sorted(wanted.types))
        return f"is {operand.dtype}{unscaled}, and its kernel takes {taken}"
    first = kinds.setdefault(wanted.letter, operand.dtype)
    if operand.dtype != first:
        return f"is {operand.dtype} where another is {first}, and its kernel takes one type"
    return ""
