"""COCO on disk: layouts, annotations, photographs and results files."""
