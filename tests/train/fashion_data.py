"""Fashion-MNIST as Debian's package dataset-fashion-mnist installs it."""
import gzip
import os

import numpy

FOLDER = os.environ.get("FASHION_MNIST", "/usr/share/datasets/fashion-mnist")
NAMES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal",
         "Shirt", "Sneaker", "Bag", "Ankle boot")


def idx(name, dimensions):
    """The bytes of an IDX file (big-endian sizes behind a 4-byte magic)."""
    with gzip.open(os.path.join(FOLDER, name + ".gz")) as file:
        data = file.read()
    shape = numpy.frombuffer(data, ">u4", dimensions, 4)
    return numpy.frombuffer(data, numpy.uint8,
                            offset=4 + 4 * dimensions).reshape(shape)


def load(part):
    """Images (n, 1, 28, 28) of bytes and labels (n) of "train" or "t10k"."""
    images = idx(part + "-images-idx3-ubyte", 3)[:, None]
    labels = idx(part + "-labels-idx1-ubyte", 1)
    return images.copy(), labels.astype(numpy.int64)
