"""The option tables of the builtin operators: their fields, enums and the two unions. Data only.

One string a table, `name:type=default` in slot order, `-` for a deprecated slot. The accessor
classes of the `tflite` package would save this file, but importing one of them imports all
(130 ms), they check no offset, and they end before the newest tables.
"""

from __future__ import annotations

ENUMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "ActivationFunctionType": (
        "byte",
        (
            "NONE",
            "RELU",
            "RELU_N1_TO_1",
            "RELU6",
            "TANH",
            "SIGN_BIT",
        ),
    ),
    "CombinerType": ("byte", ("SUM", "MEAN", "SQRTN")),
    "CustomOptionsFormat": ("byte", ("FLEXBUFFERS",)),
    "FullyConnectedOptionsWeightsFormat": ("byte", ("DEFAULT", "SHUFFLED4x16INT8")),
    "LSHProjectionType": ("byte", ("UNKNOWN", "SPARSE", "DENSE")),
    "LSTMKernelType": ("byte", ("FULL", "BASIC")),
    "MirrorPadMode": ("byte", ("REFLECT", "SYMMETRIC")),
    "Padding": ("byte", ("SAME", "VALID")),
    "ReduceWindowFunction": (
        "int",
        (
            "UNSUPPORTED",
            "ADD",
            "MUL",
            "MINIMUM",
            "MAXIMUM",
            "ALL",
            "ANY",
        ),
    ),
    "RngAlgorithm": ("byte", ("DEFAULT", "PHILOX", "THREEFRY")),
    "StablehloComparisonDirection": (
        "uint",
        (
            "STABLEHLO_COMPARISON_DIRECTION_EQ",
            "STABLEHLO_COMPARISON_DIRECTION_NE",
            "STABLEHLO_COMPARISON_DIRECTION_GE",
            "STABLEHLO_COMPARISON_DIRECTION_GT",
            "STABLEHLO_COMPARISON_DIRECTION_LE",
            "STABLEHLO_COMPARISON_DIRECTION_LT",
        ),
    ),
    "StablehloComparisonType": (
        "uint",
        (
            "STABLEHLO_COMPARISON_TYPE_NOTYPE",
            "STABLEHLO_COMPARISON_TYPE_FLOAT",
            "STABLEHLO_COMPARISON_TYPE_FLOAT_TOTAL_ORDER",
            "STABLEHLO_COMPARISON_TYPE_SIGNED",
            "STABLEHLO_COMPARISON_TYPE_UNSIGNED",
        ),
    ),
    "StablehloPrecisionConfig": ("uint", ("DEFAULT", "HIGH", "HIGHEST")),
}
"""Each enum: its scalar type and its names, from 0 on."""

BUILTIN_OPTIONS: tuple[str, ...] = tuple(
    """
    NONE Conv2DOptions DepthwiseConv2DOptions ConcatEmbeddingsOptions LSHProjectionOptions
    Pool2DOptions SVDFOptions RNNOptions FullyConnectedOptions SoftmaxOptions
    ConcatenationOptions AddOptions L2NormOptions LocalResponseNormalizationOptions LSTMOptions
    ResizeBilinearOptions CallOptions ReshapeOptions SkipGramOptions SpaceToDepthOptions
    EmbeddingLookupSparseOptions MulOptions PadOptions GatherOptions BatchToSpaceNDOptions
    SpaceToBatchNDOptions TransposeOptions ReducerOptions SubOptions DivOptions SqueezeOptions
    SequenceRNNOptions StridedSliceOptions ExpOptions TopKV2Options SplitOptions
    LogSoftmaxOptions CastOptions DequantizeOptions MaximumMinimumOptions ArgMaxOptions
    LessOptions NegOptions PadV2Options GreaterOptions GreaterEqualOptions LessEqualOptions
    SelectOptions SliceOptions TransposeConvOptions SparseToDenseOptions TileOptions
    ExpandDimsOptions EqualOptions NotEqualOptions ShapeOptions PowOptions ArgMinOptions
    FakeQuantOptions PackOptions LogicalOrOptions OneHotOptions LogicalAndOptions
    LogicalNotOptions UnpackOptions FloorDivOptions SquareOptions ZerosLikeOptions FillOptions
    BidirectionalSequenceLSTMOptions BidirectionalSequenceRNNOptions
    UnidirectionalSequenceLSTMOptions FloorModOptions RangeOptions ResizeNearestNeighborOptions
    LeakyReluOptions SquaredDifferenceOptions MirrorPadOptions AbsOptions SplitVOptions
    UniqueOptions ReverseV2Options AddNOptions GatherNdOptions CosOptions WhereOptions
    RankOptions ReverseSequenceOptions MatrixDiagOptions QuantizeOptions MatrixSetDiagOptions
    HardSwishOptions IfOptions WhileOptions DepthToSpaceOptions NonMaxSuppressionV4Options
    NonMaxSuppressionV5Options ScatterNdOptions SelectV2Options DensifyOptions SegmentSumOptions
    BatchMatMulOptions CumsumOptions CallOnceOptions BroadcastToOptions Rfft2dOptions
    Conv3DOptions HashtableOptions HashtableFindOptions HashtableImportOptions
    HashtableSizeOptions VarHandleOptions ReadVariableOptions AssignVariableOptions
    RandomOptions BucketizeOptions GeluOptions DynamicUpdateSliceOptions
    UnsortedSegmentProdOptions UnsortedSegmentMaxOptions UnsortedSegmentMinOptions
    UnsortedSegmentSumOptions ATan2Options SignOptions BitcastOptions BitwiseXorOptions
    RightShiftOptions
    """.split()
)

BUILTIN_OPTIONS_2: tuple[str, ...] = tuple(
    """
    NONE StablehloConcatenateOptions StablehloBroadcastInDimOptions StablehloSliceOptions
    StablehloConvolutionOptions StablehloCustomCallOptions StablehloReduceOptions
    StablehloScatterOptions StablehloCompareOptions StablehloDynamicSliceOptions
    StablehloPadOptions StablehloIotaOptions StablehloDotGeneralOptions
    StablehloReduceWindowOptions StablehloSortOptions StablehloWhileOptions
    StablehloGatherOptions StablehloTransposeOptions DilateOptions
    StablehloRngBitGeneratorOptions ReduceWindowOptions StableHLOCompositeOptions
    StablehloShiftLeftOptions StablehloCaseOptions
    """.split()
)

TABLES: dict[str, str] = {
    "ATan2Options": "",
    "AbsOptions": "",
    "AddNOptions": "",
    "AddOptions": "fused_activation_function:ActivationFunctionType pot_scale_int16:bool=true",
    "ArgMaxOptions": "output_type:TensorType",
    "ArgMinOptions": "output_type:TensorType",
    "AssignVariableOptions": "",
    "BatchMatMulOptions": "adj_x:bool adj_y:bool asymmetric_quantize_inputs:bool",
    "BatchToSpaceNDOptions": "",
    "BidirectionalSequenceLSTMOptions": (
        "fused_activation_function:ActivationFunctionType cell_clip:float proj_clip:float "
        "merge_outputs:bool time_major:bool=true asymmetric_quantize_inputs:bool"
    ),
    "BidirectionalSequenceRNNOptions": (
        "time_major:bool fused_activation_function:ActivationFunctionType merge_outputs:bool "
        "asymmetric_quantize_inputs:bool"
    ),
    "BitcastOptions": "",
    "BitwiseXorOptions": "",
    "BroadcastToOptions": "",
    "BucketizeOptions": "boundaries:[float]",
    "CallOnceOptions": "init_subgraph_index:int",
    "CallOptions": "subgraph:uint",
    "CastOptions": "in_data_type:TensorType out_data_type:TensorType",
    "ConcatEmbeddingsOptions": (
        "num_channels:int num_columns_per_channel:[int] embedding_dim_per_channel:[int]"
    ),
    "ConcatenationOptions": "axis:int fused_activation_function:ActivationFunctionType",
    "Conv2DOptions": (
        "padding:Padding stride_w:int stride_h:int "
        "fused_activation_function:ActivationFunctionType dilation_w_factor:int=1 "
        "dilation_h_factor:int=1 quantized_bias_type:TensorType"
    ),
    "Conv3DOptions": (
        "padding:Padding stride_d:int stride_w:int stride_h:int "
        "fused_activation_function:ActivationFunctionType dilation_d_factor:int=1 "
        "dilation_w_factor:int=1 dilation_h_factor:int=1"
    ),
    "CosOptions": "",
    "CumsumOptions": "exclusive:bool reverse:bool",
    "DensifyOptions": "",
    "DepthToSpaceOptions": "block_size:int",
    "DepthwiseConv2DOptions": (
        "padding:Padding stride_w:int stride_h:int depth_multiplier:int "
        "fused_activation_function:ActivationFunctionType dilation_w_factor:int=1 "
        "dilation_h_factor:int=1"
    ),
    "DequantizeOptions": "",
    "DilateOptions": "",
    "DivOptions": "fused_activation_function:ActivationFunctionType",
    "DynamicUpdateSliceOptions": "",
    "EmbeddingLookupSparseOptions": "combiner:CombinerType",
    "EqualOptions": "",
    "ExpOptions": "",
    "ExpandDimsOptions": "",
    "FakeQuantOptions": "min:float max:float num_bits:int narrow_range:bool",
    "FillOptions": "",
    "FloorDivOptions": "",
    "FloorModOptions": "",
    "FullyConnectedOptions": (
        "fused_activation_function:ActivationFunctionType "
        "weights_format:FullyConnectedOptionsWeightsFormat keep_num_dims:bool "
        "asymmetric_quantize_inputs:bool quantized_bias_type:TensorType quant_spec:[ubyte]"
    ),
    "GatherNdOptions": "",
    "GatherOptions": "axis:int batch_dims:int",
    "GeluOptions": "approximate:bool",
    "GreaterEqualOptions": "",
    "GreaterOptions": "",
    "HardSwishOptions": "",
    "HashtableFindOptions": "",
    "HashtableImportOptions": "",
    "HashtableOptions": "table_id:int key_dtype:TensorType value_dtype:TensorType",
    "HashtableSizeOptions": "",
    "IfOptions": "then_subgraph_index:int else_subgraph_index:int",
    "L2NormOptions": "fused_activation_function:ActivationFunctionType",
    "LSHProjectionOptions": "type:LSHProjectionType",
    "LSTMOptions": (
        "fused_activation_function:ActivationFunctionType cell_clip:float proj_clip:float "
        "kernel_type:LSTMKernelType asymmetric_quantize_inputs:bool"
    ),
    "LeakyReluOptions": "alpha:float",
    "LessEqualOptions": "",
    "LessOptions": "",
    "LocalResponseNormalizationOptions": "radius:int bias:float alpha:float beta:float",
    "LogSoftmaxOptions": "",
    "LogicalAndOptions": "",
    "LogicalNotOptions": "",
    "LogicalOrOptions": "",
    "MatrixDiagOptions": "",
    "MatrixSetDiagOptions": "",
    "MaximumMinimumOptions": "",
    "MirrorPadOptions": "mode:MirrorPadMode",
    "MulOptions": "fused_activation_function:ActivationFunctionType",
    "NegOptions": "",
    "NonMaxSuppressionV4Options": "",
    "NonMaxSuppressionV5Options": "",
    "NotEqualOptions": "",
    "OneHotOptions": "axis:int",
    "PackOptions": "values_count:int axis:int",
    "PadOptions": "",
    "PadV2Options": "",
    "Pool2DOptions": (
        "padding:Padding stride_w:int stride_h:int filter_width:int filter_height:int "
        "fused_activation_function:ActivationFunctionType"
    ),
    "PowOptions": "",
    "QuantizeOptions": "",
    "RNNOptions": (
        "fused_activation_function:ActivationFunctionType asymmetric_quantize_inputs:bool"
    ),
    "RandomOptions": "seed:long seed2:long",
    "RangeOptions": "",
    "RankOptions": "",
    "ReadVariableOptions": "",
    "ReduceWindowOptions": "reduce_function:ReduceWindowFunction",
    "ReducerOptions": "keep_dims:bool",
    "ReshapeOptions": "new_shape:[int]",
    "ResizeBilinearOptions": "- - align_corners:bool half_pixel_centers:bool",
    "ResizeNearestNeighborOptions": "align_corners:bool half_pixel_centers:bool",
    "ReverseSequenceOptions": "seq_dim:int batch_dim:int",
    "ReverseV2Options": "",
    "Rfft2dOptions": "",
    "RightShiftOptions": "",
    "SVDFOptions": (
        "rank:int fused_activation_function:ActivationFunctionType asymmetric_quantize_inputs:bool"
    ),
    "ScatterNdOptions": "",
    "SegmentSumOptions": "",
    "SelectOptions": "",
    "SelectV2Options": "",
    "SequenceRNNOptions": (
        "time_major:bool fused_activation_function:ActivationFunctionType "
        "asymmetric_quantize_inputs:bool"
    ),
    "ShapeOptions": "out_type:TensorType",
    "SignOptions": "",
    "SkipGramOptions": "ngram_size:int max_skip_size:int include_all_ngrams:bool",
    "SliceOptions": "",
    "SoftmaxOptions": "beta:float",
    "SpaceToBatchNDOptions": "",
    "SpaceToDepthOptions": "block_size:int",
    "SparseToDenseOptions": "validate_indices:bool",
    "SplitOptions": "num_splits:int",
    "SplitVOptions": "num_splits:int",
    "SquareOptions": "",
    "SquaredDifferenceOptions": "",
    "SqueezeOptions": "squeeze_dims:[int]",
    "StableHLOCompositeOptions": (
        "name:string decomposition_subgraph_index:int composite_attributes:[ubyte] "
        "composite_attributes_format:CustomOptionsFormat version:int"
    ),
    "StablehloBroadcastInDimOptions": "broadcast_dimensions:[long]",
    "StablehloCaseOptions": "branch_subgraph_indices:[int]",
    "StablehloCompareOptions": (
        "comparison_direction:StablehloComparisonDirection compare_type:StablehloComparisonType"
    ),
    "StablehloConcatenateOptions": "dimension:long",
    "StablehloConvolutionOptions": (
        "window_strides:[long] padding:[long] lhs_dilation:[long] rhs_dilation:[long] "
        "window_reversal:[bool] input_batch_dimension:long input_feature_dimension:long "
        "input_spatial_dimensions:[long] kernel_input_feature_dimension:long "
        "kernel_output_feature_dimension:long kernel_spatial_dimensions:[long] "
        "output_batch_dimension:long output_feature_dimension:long "
        "output_spatial_dimensions:[long] feature_group_count:long batch_group_count:long "
        "precision_config:[StablehloPrecisionConfig]"
    ),
    "StablehloCustomCallOptions": (
        "call_target_name:string has_side_effect:bool backend_config:string api_version:int "
        "called_computations:[int] custom_attributes:[ubyte]"
    ),
    "StablehloDotGeneralOptions": (
        "lhs_batching_dimensions:[long] rhs_batching_dimensions:[long] "
        "lhs_contracting_dimensions:[long] rhs_contracting_dimensions:[long] "
        "precision_config:[StablehloPrecisionConfig]"
    ),
    "StablehloDynamicSliceOptions": "slice_sizes:[long]",
    "StablehloGatherOptions": (
        "offset_dims:[long] collapsed_slice_dims:[long] start_index_map:[long] "
        "index_vector_dim:long slice_sizes:[long] indices_are_sorted:bool"
    ),
    "StablehloIotaOptions": "iota_dimension:long",
    "StablehloPadOptions": (
        "edge_padding_low:[long] edge_padding_high:[long] interior_padding:[long]"
    ),
    "StablehloReduceOptions": "dimensions:[long] body_subgraph_index:int",
    "StablehloReduceWindowOptions": (
        "window_dimensions:[long] window_strides:[long] base_dilations:[long] "
        "window_dilations:[long] padding:[long] body_subgraph_index:int"
    ),
    "StablehloRngBitGeneratorOptions": "algorithm:RngAlgorithm",
    "StablehloScatterOptions": (
        "indices_are_sorted:bool update_window_dims:[long] inserted_window_dims:[long] "
        "scatter_dims_to_operand_dims:[long] index_vector_dim:long unique_indices:bool "
        "update_computation_subgraph_index:int"
    ),
    "StablehloShiftLeftOptions": "",
    "StablehloSliceOptions": "start_indices:[long] limit_indices:[long] strides:[long]",
    "StablehloSortOptions": "dimension:long is_stable:bool comparator_subgraph_index:int",
    "StablehloTransposeOptions": "permutation:[long]",
    "StablehloWhileOptions": "cond_subgraph_index:int body_subgraph_index:int",
    "StridedSliceOptions": (
        "begin_mask:int end_mask:int ellipsis_mask:int new_axis_mask:int shrink_axis_mask:int "
        "offset:bool"
    ),
    "SubOptions": "fused_activation_function:ActivationFunctionType pot_scale_int16:bool=true",
    "TileOptions": "",
    "TopKV2Options": "",
    "TransposeConvOptions": (
        "padding:Padding stride_w:int stride_h:int "
        "fused_activation_function:ActivationFunctionType quantized_bias_type:TensorType"
    ),
    "TransposeOptions": "",
    "UnidirectionalSequenceLSTMOptions": (
        "fused_activation_function:ActivationFunctionType cell_clip:float proj_clip:float "
        "time_major:bool asymmetric_quantize_inputs:bool diagonal_recurrent_tensors:bool"
    ),
    "UniqueOptions": "idx_out_type:TensorType=INT32",
    "UnpackOptions": "num:int axis:int",
    "UnsortedSegmentMaxOptions": "",
    "UnsortedSegmentMinOptions": "",
    "UnsortedSegmentProdOptions": "",
    "UnsortedSegmentSumOptions": "",
    "VarHandleOptions": "container:string shared_name:string",
    "WhereOptions": "",
    "WhileOptions": "cond_subgraph_index:int body_subgraph_index:int",
    "ZerosLikeOptions": "",
}
