"""The FlatBuffers that metadata entries hold: their tables, enums and unions. Data only.

Tables are written `name:type` in slot order; no field has a default other than zero. A field of
type `union` is the number of the table that the field behind it holds.

Sources: `metadata_schema.fbs` 1.5.0 of tensorflow/tflite-support; the schemas of custom metadata in
`mediapipe/tasks/metadata` of google-ai-edge/mediapipe; `conversion_metadata.fbs` in
`tflite/converter/schema` of google-ai-edge/LiteRT.
"""

from __future__ import annotations

UNION_TYPE = "union"

ENUMS: dict[str, tuple[str, dict[int, str]]] = {
    "Activation": ("byte", dict(enumerate(["NONE", "SIGMOID", "SOFTMAX"]))),
    "AssociatedFileType": (
        "byte",
        dict(
            enumerate(
                [
                    "UNKNOWN",
                    "DESCRIPTIONS",
                    "TENSOR_AXIS_LABELS",
                    "TENSOR_VALUE_LABELS",
                    "TENSOR_AXIS_SCORE_CALIBRATION",
                    "VOCABULARY",
                    "SCANN_INDEX_FILE",
                ]
            )
        ),
    ),
    "BoundingBoxType": ("byte", dict(enumerate(["UNKNOWN", "BOUNDARIES", "UPPER_LEFT", "CENTER"]))),
    "ColorSpaceType": ("byte", dict(enumerate(["UNKNOWN", "RGB", "GRAYSCALE"]))),
    "CoordinateType": ("byte", dict(enumerate(["RATIO", "PIXEL"]))),
    "ModelOptimizationMode": (
        "int",
        {
            1001: "PTQ_FLOAT16",
            1002: "PTQ_DYNAMIC_RANGE",
            1003: "PTQ_FULL_INTEGER",
            1004: "PTQ_INT16",
            2000: "QUANTIZATION_AWARE_TRAINING",
            3001: "RANDOM_SPARSITY",
            3002: "BLOCK_SPARSITY",
            3003: "STRUCTURED_SPARSITY",
        },
    ),
    "ModelType": (
        "int",
        dict(
            enumerate(
                [
                    "NONE",
                    "TF_SAVED_MODEL",
                    "KERAS_MODEL",
                    "TF_CONCRETE_FUNCTIONS",
                    "TF_GRAPH_DEF",
                    "TF_SESSION",
                    "JAX",
                    "PYTORCH",
                ]
            )
        ),
    ),
    "ScoreTransformationType": ("byte", dict(enumerate(["IDENTITY", "LOG", "INVERSE_LOGISTIC"]))),
}
"""Each enum: its scalar type, and its names by number."""

UNIONS: dict[str, tuple[str, ...]] = {
    "ContentProperties": (
        "NONE",
        "FeatureProperties",
        "ImageProperties",
        "BoundingBoxProperties",
        "AudioProperties",
    ),
    "ProcessUnitOptions": (
        "NONE",
        "NormalizationOptions",
        "ScoreCalibrationOptions",
        "ScoreThresholdingOptions",
        "BertTokenizerOptions",
        "SentencePieceTokenizerOptions",
        "RegexTokenizerOptions",
    ),
}
"""The tables of each union, by the number of its type field."""

TABLES: dict[str, str] = {
    "ModelMetadata": (
        "name:string description:string version:string subgraph_metadata:[SubGraphMetadata] "
        "author:string license:string associated_files:[AssociatedFile] min_parser_version:string"
    ),
    "SubGraphMetadata": (
        "name:string description:string input_tensor_metadata:[TensorMetadata] "
        "output_tensor_metadata:[TensorMetadata] associated_files:[AssociatedFile] "
        "input_process_units:[ProcessUnit] output_process_units:[ProcessUnit] "
        "input_tensor_groups:[TensorGroup] output_tensor_groups:[TensorGroup] "
        "custom_metadata:[CustomMetadata]"
    ),
    "TensorMetadata": (
        "name:string description:string dimension_names:[string] content:Content "
        "process_units:[ProcessUnit] stats:Stats associated_files:[AssociatedFile]"
    ),
    "TensorGroup": "name:string tensor_names:[string]",
    "CustomMetadata": "name:string data:[ubyte]",
    "AssociatedFile": (
        "name:string description:string type:AssociatedFileType locale:string version:string"
    ),
    "Content": (
        "content_properties_type:union content_properties:ContentProperties range:ValueRange"
    ),
    "FeatureProperties": "",
    "ImageProperties": "color_space:ColorSpaceType default_size:ImageSize",
    "ImageSize": "width:uint height:uint",
    "BoundingBoxProperties": ("index:[uint] type:BoundingBoxType coordinate_type:CoordinateType"),
    "AudioProperties": "sample_rate:uint channels:uint",
    "ValueRange": "min:int max:int",
    "ProcessUnit": "options_type:union options:ProcessUnitOptions",
    "NormalizationOptions": "mean:[float] std:[float]",
    "ScoreCalibrationOptions": "score_transformation:ScoreTransformationType default_score:float",
    "ScoreThresholdingOptions": "global_score_threshold:float",
    "BertTokenizerOptions": "vocab_file:[AssociatedFile]",
    "SentencePieceTokenizerOptions": (
        "sentencePiece_model:[AssociatedFile] vocab_file:[AssociatedFile]"
    ),
    "RegexTokenizerOptions": "delim_regex_pattern:string vocab_file:[AssociatedFile]",
    "Stats": "max:[float] min:[float]",
    "ConversionMetadata": "environment:Environment options:ConversionOptions",
    "Environment": (
        "tensorflow_version:string api_version:uint model_type:ModelType model_hash:ulong"
    ),
    "ConversionOptions": (
        "model_optimization_modes:[ModelOptimizationMode] allow_custom_ops:bool "
        "enable_select_tf_ops:bool force_select_tf_ops:bool "
        "sparsity_block_sizes:[SparsityBlockSize]"
    ),
    "SparsityBlockSize": "values:[uint]",
    "ImageSegmenterOptions": "activation:Activation min_parser_version:string",
    "ObjectDetectorOptions": (
        "min_parser_version:string ssd_anchors_options:SsdAnchorsOptions "
        "tensors_decoding_options:TensorsDecodingOptions"
    ),
    "SsdAnchorsOptions": "fixed_anchors_schema:FixedAnchorsSchema",
    "FixedAnchorsSchema": "anchors:[FixedAnchor]",
    "FixedAnchor": "x_center:float y_center:float width:float height:float",
    "TensorsDecodingOptions": (
        "num_classes:int num_boxes:int num_coords:int keypoint_coord_offset:int "
        "num_keypoints:int num_values_per_keypoint:int x_scale:float y_scale:float "
        "w_scale:float h_scale:float apply_exponential_on_box_size:bool sigmoid_score:bool"
    ),
    "FaceDetectorOptions": (
        "min_parser_version:string anchor_config:AnchorConfig "
        "tensors_decoding_config:TensorsDecodingConfig"
    ),
    "AnchorConfig": (
        "num_layers:int scales:[float] min_scale:float max_scale:float anchor_offset_x:float "
        "anchor_offset_y:float strides:[int] aspect_ratios:[float] fixed_anchor_size:bool "
        "interpolated_scale_aspect_ratio:float"
    ),
    "TensorsDecodingConfig": (
        "num_classes:int num_boxes:int num_coords:int box_coord_offset:int "
        "keypoint_coord_offset:int num_keypoints:int num_values_per_keypoint:int x_scale:float "
        "y_scale:float w_scale:float h_scale:float score_clipping_thresh:float "
        "reverse_output_order:bool sigmoid_score:bool"
    ),
}

CUSTOM_METADATA: dict[str, tuple[str, str]] = {
    "SEGMENTER_METADATA": ("ImageSegmenterOptions", "V001"),
    "DETECTOR_METADATA": ("ObjectDetectorOptions", "V001"),
    "FACE_DETECTOR_METADATA": ("FaceDetectorOptions", "FD01"),
}
"""Custom metadata by name: its root table and its file identifier."""
