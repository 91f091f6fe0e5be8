"""TFRecords of COCO images and of the people in them, read and written without TensorFlow.

The checksum comes from the crc32c library (``pip install 'zoo-common[tfrecord]'``); without it, reading and writing
say so.
"""

from zoo_common.tfrecord.conversion import Conversion, convert
from zoo_common.tfrecord.dataset import RecordDataset
from zoo_common.tfrecord.example_decoding import decode_example
from zoo_common.tfrecord.example_encoding import encode_example
from zoo_common.tfrecord.find import find_records
from zoo_common.tfrecord.framing import Record, read_record, read_records, write_record
from zoo_common.tfrecord.index import RecordIndex
from zoo_common.tfrecord.opening import open_people, open_records
from zoo_common.tfrecord.person_conversion import PersonConversion, convert_people
from zoo_common.tfrecord.person_index import PersonRecords
from zoo_common.tfrecord.person_record import PersonEntry

__all__ = [
    "Conversion",
    "PersonConversion",
    "PersonEntry",
    "PersonRecords",
    "Record",
    "RecordDataset",
    "RecordIndex",
    "convert",
    "convert_people",
    "decode_example",
    "encode_example",
    "find_records",
    "open_people",
    "open_records",
    "read_record",
    "read_records",
    "write_record",
]
