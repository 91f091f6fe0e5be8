"""Keypoints: COCO-17's names and constants, object keypoint similarity, OKS-NMS."""
