#!/usr/bin/python3
"""Classify Fashion-MNIST's test images with fashion.onnx, by integers alone.

An engine of its own, slow and plain, to compare others with: after the file is
read there are only sums of pixels, counts of differing bits and thresholds.
Writes the labels, one a line, and the scores of the first 200 images.
"""
import argparse
import sys

import numpy
import onnx
from onnx import helper, numpy_helper

import fashion_data

UNIT = 64       # scores are multiples of 1 / UNIT


def thresholds(norm, values):
    """Per neuron: the least sum that fires, and whether the sum's sign must
    be turned first (a negative factor)."""
    scale, bias, mean, var = (
        values[name].astype(numpy.float64) for name in norm.input[1:])
    epsilon = helper.get_attribute_value(norm.attribute[0])
    zero = mean - bias * numpy.sqrt(var + epsilon) / scale
    turn = numpy.where(scale < 0, -1, 1)
    return numpy.ceil(zero * turn).astype(numpy.int64), turn


class Layer:
    """Weights [neuron][synapse]; at is None in the last layer."""

    def __init__(self, signs, window):
        if not window:
            signs = signs.T
        self.window, self.pool, self.at = window, False, None
        self.signs = signs.reshape(len(signs), -1).astype(numpy.int64)


def read(path):
    """Layers, the shift of a pixel, and factor and bias of the scores in
    units of 1 / UNIT."""
    graph = onnx.load(path).graph
    values = {v.name: numpy_helper.to_array(v) for v in graph.initializer}
    layers, shift = [], 0
    for node in graph.node:
        first, kind = node.input[0], node.op_type
        if kind in ("Cast", "BipolarQuant") and first in values:
            values[node.output[0]] = values[first]
        elif kind in ("Conv", "MatMul"):
            layers.append(Layer(values[node.input[1]], kind == "Conv"))
        elif kind == "BatchNormalization":
            layer = layers[-1]
            layer.at, turn = thresholds(node, values)
            layer.signs *= turn[:, None]
        elif kind == "MaxPool":
            layers[-1].pool = True
        elif kind == "Sub":
            shift = int(values[node.input[1]])
        elif kind == "Mul":
            factor = values[node.input[1]] * UNIT
        elif kind == "Add":
            bias = values[node.input[1]] * UNIT
        elif kind not in ("Cast", "BipolarQuant", "Flatten", "ArgMax"):
            sys.exit(f"{path}: operator {kind} is not known here")
    for value in (factor, bias):
        assert (value == numpy.rint(value)).all()
    return layers, shift, int(factor), bias.astype(numpy.int64)


def windows(x, layer):
    """What each neuron sees: [image, y, x, synapse]."""
    if not layer.window:
        return x.reshape(len(x), 1, 1, -1)
    seen = numpy.lib.stride_tricks.sliding_window_view(x, (3, 3), (2, 3))
    return seen.transpose(0, 2, 3, 1, 4, 5).reshape(
        len(x), *seen.shape[2:4], -1)


def words(bits):
    """Bits in words of 64, filled up with zeros."""
    packed = numpy.packbits(bits.astype(numpy.uint8), axis=-1)
    room = [(0, 0)] * (packed.ndim - 1) + [(0, -packed.shape[-1] % 8)]
    return numpy.ascontiguousarray(numpy.pad(packed, room)).view(numpy.uint64)


def popcount(x):
    """Set bits of each word."""
    m1, m2, m4, sums = (numpy.uint64(m) for m in (
        0x5555555555555555, 0x3333333333333333, 0x0f0f0f0f0f0f0f0f,
        0x0101010101010101))
    one, two, four, top = (numpy.uint64(s) for s in (1, 2, 4, 56))
    x = x - ((x >> one) & m1)
    x = (x & m2) + ((x >> two) & m2)
    x = (x + (x >> four)) & m4
    return (x * sums) >> top


def sums_of_bits(x, layer):
    seen, weights = words(windows(x, layer)), words(layer.signs > 0)
    ways = layer.signs.shape[1]
    out = numpy.empty((len(layer.signs), *seen.shape[:3]), numpy.int64)
    for neuron, weight in enumerate(weights):
        differ = popcount(seen ^ weight).sum(axis=-1)
        out[neuron] = ways - 2 * differ.astype(numpy.int64)
    return out.transpose(1, 0, 2, 3)


def sums_of_pixels(x, layer):
    seen = windows(x, layer)
    sums = [numpy.where(signs > 0, seen, -seen).sum(axis=-1)
            for signs in layer.signs]
    return numpy.stack(sums, axis=1)


def classify(net, images):
    """Scores of the images in units of 1 / UNIT."""
    layers, shift, factor, bias = net
    x = sums_of_pixels(images.astype(numpy.int64) - shift, layers[0])
    for layer, following in zip(layers, layers[1:]):
        x = x >= layer.at[:, None, None]
        if layer.pool:
            n, channels, h, w = x.shape
            x = x.reshape(n, channels, h // 2, 2, w // 2, 2).any(axis=(3, 5))
        x = sums_of_bits(x, following)
    return x.reshape(len(x), -1) * factor + bias


def scores(path, images):
    net = read(path)
    return numpy.concatenate([classify(net, images[i:i + 50])
                              for i in range(0, len(images), 50)])


def main():
    ask = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ask.add_argument("model")
    ask.add_argument("--images", type=int, default=10000)
    ask.add_argument("--labels", help="file for the labels")
    ask.add_argument("--scores", help="file for the first 200 scores")
    args = ask.parse_args()
    images, truth = fashion_data.load("t10k")
    images, truth = images[:args.images], truth[:args.images]
    result = scores(args.model, images)
    label = result.argmax(axis=1)
    right = int((label == truth).sum())
    print(f"{right} of {len(truth)} right: {100 * right / len(truth):.2f} %")
    if args.labels:
        numpy.savetxt(args.labels, label, "%d")
    if args.scores:
        numpy.savetxt(args.scores, result[:200] / UNIT, "%.6f", "\t")


if __name__ == "__main__":
    main()
