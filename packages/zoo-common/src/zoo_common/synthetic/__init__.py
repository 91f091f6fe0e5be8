"""A deterministic COCO-format dataset of drawn people and things, made by the project itself."""

from zoo_common.synthetic.dataset import Summary, generate
from zoo_common.synthetic.sheet import contact_sheet

__all__ = ["Summary", "contact_sheet", "generate"]
