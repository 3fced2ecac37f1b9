"""ONNX models: cards, sessions, the view that they are given, faces, weights."""
