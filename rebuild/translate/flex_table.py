"""TensorFlow's operators that a Flex operator may be, with their arguments. Data only.

`name arguments | attributes`, by their names in Python; `*` is behind an argument that is a list of
tensors, and attributes that follow from the arguments are left out. These are those of LiteRT's
`allowlisted_flex_ops.cc` that TensorFlow 2.21 has in `tf.raw_ops` and that work on tensors alone:
none that touches a file, holds a resource, or calls a function. Random ones are here too, though
their numbers are their own.
"""

from __future__ import annotations

from typing import NamedTuple

TEXT = """
Abs x; Add x y; AddN inputs*; AddV2 x y; AdjustContrast images contrast_factor min_value
max_value; AdjustContrastv2 images contrast_factor; AdjustHue images delta; AdjustSaturation
images scale; All input axis | keep_dims; Angle input | Tout; Any input axis | keep_dims;
ApproximateEqual x y | tolerance; ArgMax input dimension | output_type; ArgMin input dimension |
output_type; AsString input | precision scientific shortest width fill; Atan x; Atan2 y x;
AudioSpectrogram input | window_size stride magnitude_squared; AvgPool value | ksize strides
padding data_format; AvgPool3D input | ksize strides padding data_format; AvgPool3DGrad
orig_input_shape grad | ksize strides padding data_format; AvgPoolGrad orig_input_shape grad |
ksize strides padding data_format; BatchCholesky input; BatchMatMul x y | adj_x adj_y grad_x
grad_y; BatchMatMulV2 x y | adj_x adj_y grad_x grad_y; BatchMatrixBandPart input num_lower
num_upper; BatchMatrixDeterminant input; BatchMatrixDiag diagonal; BatchMatrixDiagPart input;
BatchMatrixInverse input | adjoint; BatchMatrixSetDiag input diagonal; BatchMatrixTriangularSolve
matrix rhs | lower adjoint; BatchNormWithGlobalNormalization t m v beta gamma | variance_epsilon
scale_after_normalization; BatchNormWithGlobalNormalizationGrad t m v gamma backprop |
variance_epsilon scale_after_normalization; BatchToSpace input crops | block_size; BatchToSpaceND
input block_shape crops; BiasAdd value bias | data_format; BiasAddGrad out_backprop | data_format;
BiasAddV1 value bias; Bincount arr size weights; Bitcast input | type; BitwiseAnd x y; BitwiseOr x
y; BitwiseXor x y; BroadcastArgs s0 s1; BroadcastGradientArgs s0 s1; BroadcastTo input shape;
Bucketize input | boundaries; CTCGreedyDecoder inputs sequence_length | merge_repeated
blank_index; Cast x | DstT Truncate; Ceil x; Cholesky input; ClipByValue t clip_value_min
clip_value_max; CombinedNonMaxSuppression boxes scores max_output_size_per_class max_total_size
iou_threshold score_threshold | pad_per_class clip_boxes; Complex real imag | Tout; ComplexAbs x |
Tout; Concat concat_dim values*; ConcatOffset concat_dim shape*; ConcatV2 values* axis; Conj
input; ConjugateTranspose x perm; Conv2D input filter | strides use_cudnn_on_gpu padding
explicit_paddings data_format dilations; Conv2DBackpropFilter input filter_sizes out_backprop |
strides use_cudnn_on_gpu padding explicit_paddings data_format dilations; Conv2DBackpropInput
input_sizes filter out_backprop | strides use_cudnn_on_gpu padding explicit_paddings data_format
dilations; Conv3D input filter | strides padding data_format dilations; Conv3DBackpropFilter input
filter out_backprop | strides padding dilations; Conv3DBackpropFilterV2 input filter_sizes
out_backprop | strides padding data_format dilations; Conv3DBackpropInput input filter
out_backprop | strides padding dilations; Conv3DBackpropInputV2 input_sizes filter out_backprop |
strides padding data_format dilations; Cos x; Cosh x; CropAndResize image boxes box_ind crop_size
| method extrapolation_value; CropAndResizeGradBoxes grads image boxes box_ind | method;
CropAndResizeGradImage grads boxes box_ind image_size | T method; Cumprod x axis | exclusive
reverse; Cumsum x axis | exclusive reverse; CumulativeLogsumexp x axis | exclusive reverse;
DataFormatDimMap x | src_format dst_format; DataFormatVecPermute x | src_format dst_format;
DecodeAndCropJpeg contents crop_window | channels ratio fancy_upscaling try_recover_truncated
acceptable_fraction dct_method; DecodeBase64 input; DecodeBmp contents | channels; DecodeGif
contents; DecodeImage contents | channels dtype expand_animations; DecodeJpeg contents | channels
ratio fancy_upscaling try_recover_truncated acceptable_fraction dct_method; DecodePaddedRaw
input_bytes fixed_length | out_type little_endian; DecodePng contents | channels dtype; DecodeRaw
bytes | out_type little_endian; DecodeWav contents | desired_channels desired_samples;
DenseBincount input size weights | binary_output; DenseToDenseSetOperation set1 set2 |
set_operation validate_indices; DenseToSparseSetOperation set1 set2_indices set2_values set2_shape
| set_operation validate_indices; DepthToSpace input | block_size data_format;
DepthwiseConv2dNative input filter | strides padding explicit_paddings data_format dilations;
DepthwiseConv2dNativeBackpropFilter input filter_sizes out_backprop | strides padding
explicit_paddings data_format dilations; DepthwiseConv2dNativeBackpropInput input_sizes filter
out_backprop | strides padding explicit_paddings data_format dilations; Dequantize input min_range
max_range | mode narrow_range axis dtype; Diag diagonal; DiagPart input; Dilation2D input filter |
strides rates padding; Dilation2DBackpropFilter input filter out_backprop | strides rates padding;
Dilation2DBackpropInput input filter out_backprop | strides rates padding; Div x y; DivNoNan x y;
DynamicPartition data partitions | num_partitions; DynamicStitch indices* data*; Einsum inputs* |
equation; Elu features; EluGrad gradients outputs; EncodeBase64 input | pad; EncodeJpeg image |
format quality progressive optimize_size chroma_downsampling density_unit x_density y_density
xmp_metadata; EncodePng image | compression; EncodeWav audio sample_rate; EnsureShape input |
shape; Enter data | frame_name is_constant parallel_iterations; Equal x y |
incompatible_shape_error; Erf x; Exit data; Exp x; ExpandDims input axis; ExtractImagePatches
images | ksizes strides rates padding; FFT input; FFT2D input; FFT3D input;
FakeQuantWithMinMaxArgs inputs | min max num_bits narrow_range; FakeQuantWithMinMaxArgsGradient
gradients inputs | min max num_bits narrow_range; FakeQuantWithMinMaxVars inputs min max |
num_bits narrow_range; FakeQuantWithMinMaxVarsGradient gradients inputs min max | num_bits
narrow_range; FakeQuantWithMinMaxVarsPerChannel inputs min max | num_bits narrow_range;
FakeQuantWithMinMaxVarsPerChannelGradient gradients inputs min max | num_bits narrow_range; Fill
dims value; Fingerprint data method; Floor x; FloorDiv x y; FloorMod x y; FusedBatchNorm x scale
offset mean variance | epsilon exponential_avg_factor data_format is_training; FusedBatchNormGrad
y_backprop x scale reserve_space_1 reserve_space_2 | epsilon data_format is_training;
FusedBatchNormGradV2 y_backprop x scale reserve_space_1 reserve_space_2 | epsilon data_format
is_training; FusedBatchNormGradV3 y_backprop x scale reserve_space_1 reserve_space_2
reserve_space_3 | epsilon data_format is_training; FusedBatchNormV2 x scale offset mean variance |
epsilon exponential_avg_factor data_format is_training; FusedBatchNormV3 x scale offset mean
variance | epsilon exponential_avg_factor data_format is_training; FusedPadConv2D input paddings
filter | mode strides padding; FusedResizeAndPadConv2D input size paddings filter |
resize_align_corners mode strides padding; Gather params indices | validate_indices; GatherNd
params indices | bad_indices_policy; GatherV2 params indices axis | batch_dims; Greater x y;
GreaterEqual x y; HSVToRGB images; IFFT input; IFFT2D input; IFFT3D input; IRFFT input fft_length
| Treal; IRFFT2D input fft_length | Treal; IRFFT3D input fft_length | Treal; Identity input;
IdentityN input*; Imag input | Tout; ImageProjectiveTransformV2 images transforms output_shape |
interpolation fill_mode; ImageProjectiveTransformV3 images transforms output_shape fill_value |
interpolation fill_mode; InTopK predictions targets | k; InTopKV2 predictions targets k;
InplaceAdd x i v; InplaceSub x i v; InplaceUpdate x i v; Inv x; InvGrad y dy; Invert x;
InvertPermutation x; IsFinite x; IsNan x; LRN input | depth_radius bias alpha beta; LeakyRelu
features | alpha; LeakyReluGrad gradients features | alpha; LeftShift x y; Less x y; LessEqual x
y; LinSpace start stop num; ListDiff x y | out_idx; Log x; LogMatrixDeterminant input; LogSoftmax
logits; LogicalAnd x y; LogicalNot x; LogicalOr x y; LoopCond input; MatMul a b | transpose_a
transpose_b grad_a grad_b; MatrixBandPart input num_lower num_upper; MatrixDeterminant input;
MatrixDiag diagonal; MatrixDiagPart input; MatrixDiagPartV2 input k padding_value;
MatrixDiagPartV3 input k padding_value | align; MatrixDiagV2 diagonal k num_rows num_cols
padding_value; MatrixDiagV3 diagonal k num_rows num_cols padding_value | align; MatrixInverse
input | adjoint; MatrixSetDiag input diagonal; MatrixSetDiagV2 input diagonal k; MatrixSetDiagV3
input diagonal k | align; MatrixTriangularSolve matrix rhs | lower adjoint; Max input axis |
keep_dims; MaxPool input | ksize strides padding explicit_paddings data_format; MaxPool3D input |
ksize strides padding data_format; MaxPool3DGrad orig_input orig_output grad | ksize strides
padding data_format; MaxPool3DGradGrad orig_input orig_output grad | ksize strides padding
data_format; MaxPoolGrad orig_input orig_output grad | ksize strides padding explicit_paddings
data_format; MaxPoolGradGrad orig_input orig_output grad | ksize strides padding data_format;
MaxPoolGradGradV2 orig_input orig_output grad ksize strides | padding data_format; MaxPoolGradV2
orig_input orig_output grad ksize strides | padding data_format; MaxPoolGradWithArgmax input grad
argmax | ksize strides padding include_batch_in_index; MaxPoolV2 input ksize strides | padding
data_format; MaxPoolWithArgmax input | ksize strides Targmax padding include_batch_in_index;
Maximum x y; Mean input axis | keep_dims; Merge inputs*; Mfcc spectrogram sample_rate |
upper_frequency_limit lower_frequency_limit filterbank_channel_count dct_coefficient_count; Min
input axis | keep_dims; Minimum x y; MirrorPad input paddings | mode; MirrorPadGrad input paddings
| mode; Mul x y; MulNoNan x y; Multinomial logits num_samples | seed seed2 output_dtype; Neg x;
NextIteration data; NonMaxSuppression boxes scores max_output_size | iou_threshold;
NonMaxSuppressionV2 boxes scores max_output_size iou_threshold; NonMaxSuppressionV3 boxes scores
max_output_size iou_threshold score_threshold; NonMaxSuppressionV4 boxes scores max_output_size
iou_threshold score_threshold | pad_to_max_output_size; NonMaxSuppressionV5 boxes scores
max_output_size iou_threshold score_threshold soft_nms_sigma | pad_to_max_output_size;
NonMaxSuppressionWithOverlaps overlaps scores max_output_size overlap_threshold score_threshold;
NotEqual x y | incompatible_shape_error; OneHot indices depth on_value off_value | axis; OnesLike
x; Pack values* | axis; Pad input paddings; PadV2 input paddings constant_values; ParallelConcat
values* | shape; ParallelDynamicStitch indices* data*; PopulationCount x; Pow x y; PreventGradient
input | message; Prod input axis | keep_dims; Qr input | full_matrices; QuantizeDownAndShrinkRange
input input_min input_max | out_type; QuantizeV2 input min_range max_range | T mode round_mode
narrow_range axis ensure_minimum_range; QuantizedAdd x y min_x max_x min_y max_y | Toutput;
QuantizedAvgPool input min_input max_input | ksize strides padding;
QuantizedBatchNormWithGlobalNormalization t t_min t_max m m_min m_max v v_min v_max beta beta_min
beta_max gamma gamma_min gamma_max | out_type variance_epsilon scale_after_normalization;
QuantizedBiasAdd input bias min_input max_input min_bias max_bias | out_type; QuantizedConcat
concat_dim values* input_mins* input_maxes*; QuantizedConv2D input filter min_input max_input
min_filter max_filter | out_type strides padding dilations; QuantizedInstanceNorm x x_min x_max |
output_range_given given_y_min given_y_max variance_epsilon min_separation; QuantizedMatMul a b
min_a max_a min_b max_b | Toutput transpose_a transpose_b Tactivation; QuantizedMaxPool input
min_input max_input | ksize strides padding; QuantizedMul x y min_x max_x min_y max_y | Toutput;
QuantizedRelu features min_features max_features | out_type; QuantizedRelu6 features min_features
max_features | out_type; QuantizedReshape tensor shape input_min input_max;
QuantizedResizeBilinear images size min max | align_corners half_pixel_centers; RFFT input
fft_length | Tcomplex; RFFT2D input fft_length | Tcomplex; RFFT3D input fft_length | Tcomplex;
RGBToHSV images; RaggedBincount splits values size weights | binary_output; RaggedRange starts
limits deltas | Tsplits; RaggedTensorToSparse rt_nested_splits* rt_dense_values;
RaggedTensorToTensor shape values default_value row_partition_tensors* | row_partition_types;
RandomGamma shape alpha | seed seed2; RandomPoissonV2 shape rate | seed seed2 dtype; RandomShuffle
value | seed seed2; RandomStandardNormal shape | seed seed2 dtype; RandomUniform shape | seed
seed2 dtype; RandomUniformInt shape minval maxval | seed seed2; Range start limit delta; Rank
input; Real input | Tout; RealDiv x y; Reciprocal x; ReciprocalGrad y dy; ReduceJoin inputs
reduction_indices | keep_dims separator; RegexFullMatch input pattern; RegexReplace input pattern
rewrite | replace_global; Relu features; Relu6 features; Relu6Grad gradients features; ReluGrad
gradients features; RequantizationRange input input_min input_max; Requantize input input_min
input_max requested_output_min requested_output_max | out_type; Reshape tensor shape;
ResizeBicubic images size | align_corners half_pixel_centers; ResizeBicubicGrad grads
original_image | align_corners half_pixel_centers; ResizeBilinear images size | align_corners
half_pixel_centers; ResizeBilinearGrad grads original_image | align_corners half_pixel_centers;
ResizeNearestNeighbor images size | align_corners half_pixel_centers; ResizeNearestNeighborGrad
grads size | align_corners half_pixel_centers; Reverse tensor dims; ReverseSequence input
seq_lengths | seq_dim batch_dim; ReverseV2 tensor axis; RightShift x y; Roll input shift axis;
Round x; Rsqrt x; RsqrtGrad y dy; ScatterNd indices updates shape | bad_indices_policy;
ScatterNdNonAliasingAdd input indices updates | bad_indices_policy; SegmentMax data segment_ids;
SegmentMean data segment_ids; SegmentMin data segment_ids; SegmentProd data segment_ids;
SegmentSum data segment_ids; Select condition x y; SelectV2 condition t e; Selu features; SeluGrad
gradients outputs; SerializeTensor tensor; Shape input | out_type; ShapeN input* | out_type;
Sigmoid x; SigmoidGrad y dy; Sign x; Sin x; Sinh x; Size input | out_type; Slice input begin size;
Softmax logits; SoftmaxCrossEntropyWithLogits features labels; Softplus features; SoftplusGrad
gradients features; Softsign features; SoftsignGrad gradients features; SpaceToBatch input
paddings | block_size; SpaceToBatchND input block_shape paddings; SpaceToDepth input | block_size
data_format; SparseAdd a_indices a_values a_shape b_indices b_values b_shape thresh;
SparseBincount indices values dense_shape size weights | binary_output; SparseFillEmptyRows
indices values dense_shape default_value; SparseFillEmptyRowsGrad reverse_index_map grad_values;
SparseReduceSum input_indices input_values input_shape reduction_axes | keep_dims; SparseReorder
input_indices input_values input_shape; SparseReshape input_indices input_shape new_shape;
SparseSegmentMean data indices segment_ids | sparse_gradient; SparseSegmentMeanGrad grad indices
segment_ids output_dim0; SparseSegmentMeanWithNumSegments data indices segment_ids num_segments |
sparse_gradient; SparseSegmentSqrtN data indices segment_ids | sparse_gradient;
SparseSegmentSqrtNGrad grad indices segment_ids output_dim0; SparseSegmentSqrtNWithNumSegments
data indices segment_ids num_segments | sparse_gradient; SparseSegmentSum data indices segment_ids
| sparse_gradient; SparseSegmentSumGrad grad indices segment_ids output_dim0;
SparseSegmentSumWithNumSegments data indices segment_ids num_segments | sparse_gradient;
SparseSlice indices values shape start size; SparseSoftmaxCrossEntropyWithLogits features labels;
SparseTensorDenseMatMul a_indices a_values a_shape b | adjoint_a adjoint_b; SparseToDense
sparse_indices output_shape sparse_values default_value | validate_indices;
SparseToSparseSetOperation set1_indices set1_values set1_shape set2_indices set2_values set2_shape
| set_operation validate_indices; Split axis value | num_split; SplitV value size_splits axis |
num_split; Sqrt x; SqrtGrad y dy; Square x; SquaredDifference x y; Squeeze input | axis;
StatelessMultinomial logits num_samples seed | output_dtype; StatelessRandomGammaV2 shape seed
alpha; StatelessRandomGammaV3 shape key counter alg alpha; StatelessRandomGetKeyCounter seed;
StatelessRandomGetKeyCounterAlg seed; StatelessRandomNormal shape seed | dtype;
StatelessRandomNormalV2 shape key counter alg | dtype; StatelessRandomPoisson shape seed lam |
dtype; StatelessRandomUniform shape seed | dtype; StatelessRandomUniformFullInt shape seed |
dtype; StatelessRandomUniformFullIntV2 shape key counter alg | dtype; StatelessRandomUniformInt
shape seed minval maxval; StatelessRandomUniformIntV2 shape key counter alg minval maxval;
StatelessRandomUniformV2 shape key counter alg | dtype; StatelessSampleDistortedBoundingBox
image_size bounding_boxes min_object_covered seed | aspect_ratio_range area_range max_attempts
use_image_if_no_bounding_boxes; StatelessTruncatedNormal shape seed | dtype;
StatelessTruncatedNormalV2 shape key counter alg | dtype; StaticRegexFullMatch input | pattern;
StaticRegexReplace input | pattern rewrite replace_global; StopGradient input; StridedSlice input
begin end strides | begin_mask end_mask ellipsis_mask new_axis_mask shrink_axis_mask;
StridedSliceGrad shape begin end strides dy | begin_mask end_mask ellipsis_mask new_axis_mask
shrink_axis_mask; StringFormat inputs* | template placeholder summarize; StringJoin inputs* |
separator; StringLength input | unit; StringLower input | encoding; StringSplit input delimiter |
skip_empty; StringSplitV2 input sep | maxsplit; StringStrip input; StringToHashBucket
string_tensor | num_buckets; StringToHashBucketFast input | num_buckets; StringToHashBucketStrong
input | num_buckets key; StringToNumber string_tensor | out_type; Sub x y; Substr input pos len |
unit; Sum input axis | keep_dims; Switch data pred; Tan x; Tanh x; TanhGrad y dy;
TensorArrayConcatV2 handle flow_in | dtype element_shape_except0; TensorArrayGatherV2 handle
indices flow_in | dtype element_shape; TensorArrayReadV2 handle index flow_in | dtype;
TensorArrayScatterV2 handle indices value flow_in; TensorArraySizeV2 handle flow_in;
TensorArraySplitV2 handle value lengths flow_in; TensorArrayWriteV2 handle index value flow_in;
TensorScatterAdd tensor indices updates | bad_indices_policy; TensorScatterMax tensor indices
updates | bad_indices_policy; TensorScatterMin tensor indices updates | bad_indices_policy;
TensorScatterSub tensor indices updates | bad_indices_policy; TensorScatterUpdate tensor indices
updates | bad_indices_policy; TensorStridedSliceUpdate input begin end strides value | begin_mask
end_mask ellipsis_mask new_axis_mask shrink_axis_mask; Tile input multiples; TileGrad input
multiples; TopK input | k sorted; TopKV2 input k | sorted index_type; Transpose x perm;
TruncateDiv x y; TruncatedNormal shape | seed seed2 dtype; UnicodeDecode input | input_encoding
errors replacement_char replace_control_characters Tsplits; UnicodeDecodeWithOffsets input |
input_encoding errors replacement_char replace_control_characters Tsplits; UnicodeEncode
input_values input_splits | errors output_encoding replacement_char; UnicodeTranscode input |
input_encoding output_encoding errors replacement_char replace_control_characters; Unique x |
out_idx; UniqueV2 x axis | out_idx; UniqueWithCounts x | out_idx; UniqueWithCountsV2 x axis |
out_idx; Unpack value | num axis; UnsortedSegmentJoin inputs segment_ids num_segments | separator;
UnsortedSegmentMax data segment_ids num_segments; UnsortedSegmentMin data segment_ids
num_segments; UnsortedSegmentProd data segment_ids num_segments; UnsortedSegmentSum data
segment_ids num_segments; UpperBound sorted_inputs values | out_type; Where condition; Xdivy x y;
Xlog1py x y; Xlogy x y; ZerosLike x
"""


class Signature(NamedTuple):
    """The arguments of an operator of TensorFlow, `*` behind a list, and its attributes."""

    arguments: tuple[str, ...]
    attributes: tuple[str, ...]


def signature(line: str) -> tuple[str, Signature]:
    """An operator's name and signature, from its entry in the text above."""
    head, _, attributes = line.partition("|")
    name, *arguments = head.split()
    return name, Signature(tuple(arguments), tuple(attributes.split()))


SIGNATURES = dict(map(signature, TEXT.split(";")))
