"""SVDF: a dense layer over the last inputs, factored (kernels/svdf.cc)."""

from __future__ import annotations

from rebuild.translate.context import Context, Stepped
from rebuild.translate.expression import Operand, helpers
from rebuild.translate.ops.recurrent import Named, step_shape
from rebuild.translate.registry import TranslationError, op


@op("SVDF")
def svdf(
    cx: Context,
    x: Operand,
    *operands: Operand | None,
    rank: int = 0,
    fused_activation_function: str = "NONE",
) -> Stepped:
    """A step for x [batch, I]: features by weights [F, I], then time by weights [F, M].

    F is units times rank; the state [batch, F * M] holds the features of the last M calls.
    """
    named = Named(cx, (x, *operands), 5)
    batch, width = step_shape(x)
    time = named.given.get("weights_time")
    filters, memory = time.shape if time and time.rank == 2 else (0, 0)
    if rank < 1 or filters % rank:
        raise TranslationError(f"its rank {rank} does not divide its {filters} filters")
    units = filters // rank
    weights = [
        named.take("weights_feature", filters, width),
        named.take("weights_time", filters, memory),
        *([named.take("bias", units)] if named.has("bias") else []),
    ]
    state = named.state("state", batch, memory * filters)
    options = {
        **({"rank": rank} if rank != 1 else {}),
        **svdf_activation(cx, fused_activation_function),
        **({} if named.has("bias") else {"use_bias": False}),
    }
    made = cx.layer(helpers.SVDFCell(units, memory, **options), *weights)
    return Stepped(made(x, state), (state,))


def svdf_activation(cx: Context, fused: str) -> dict[str, str]:
    """The keyword of the cell for its fused activation, where it has one."""
    return {} if fused == "NONE" else {"activation": cx.activation(fused) or ""}
