"""AIMET's quantization simulation for TensorFlow 1.15, without AIMET: a frozen GraphDef in, a rewritten one out."""
