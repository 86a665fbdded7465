"""Write the trained net as QONNX.

fashion.onnx is what ships.  Its weights are bytes of +1 and -1 behind a Cast,
as floats would take four times the room.  Two more files are for tests of the
reader, and classify alike: fashion_float.onnx has float weights, and
fashion_negated.onnx also has every third neuron's weights and the factor of
its normalisation negated.

The file defines BipolarQuant as an ONNX function, so that a runtime that has
never heard of QONNX can run it too.
"""
import os

import numpy
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

import fashion_data

DOMAIN = "qonnx.custom_op.general"


@torch.no_grad()
def place_thresholds(net):
    """Move each norm's zero to the middle between two sums that can occur.

    Sums are integers, in later layers of one parity, so this changes no sign
    of the net; and no engine can change one by rounding.
    """
    weights = (*net.convs, net.hidden)
    for layer, (weight, norm) in enumerate(zip(weights, net.norms)):
        ways = weight[0].numel()
        step, most = (2, ways) if layer else (1, 128 * ways)
        shift = norm.bias.double() / norm.weight.double() \
            * (norm.running_var.double() + norm.eps).sqrt()
        first = ((norm.running_mean - shift + most) / step).ceil() * step \
            - most
        zero = first.clamp(-most, most + step) - step / 2
        norm.running_mean.copy_(zero + shift)


def round_bias(net, unit=1 / 64):
    """Make every class score exact in float: a multiple of 1/64."""
    with torch.no_grad():
        net.bias.copy_((net.bias / unit).round() * unit)


class Graph:
    def __init__(self, floats, negate):
        self.floats, self.negate = floats, negate
        self.nodes, self.values = [], []
        self.constant("one", numpy.float32(1))

    def constant(self, name, value):
        self.values.append(numpy_helper.from_array(
            numpy.ascontiguousarray(value), name))
        return name

    def node(self, kind, inputs, output, **attributes):
        domain = DOMAIN if kind == "BipolarQuant" else None
        self.nodes.append(helper.make_node(
            kind, inputs, [output], output, domain=domain, **attributes))
        return output

    def signs(self, name, weight, turned):
        """The binary weights of a layer; [neuron][...] becomes MatMul's
        [...][neuron] where there is no window."""
        signs = numpy.where(weight.detach().numpy() >= 0, 1, -1)
        signs[turned] *= -1
        if signs.ndim == 2:
            signs = signs.T
        if self.floats:
            of = self.constant(name + "_v", signs.astype(numpy.float32))
        else:
            of = self.constant(name + "_i", signs.astype(numpy.int8))
            of = self.node("Cast", [of], name + "_v", to=TensorProto.FLOAT)
        return self.node("BipolarQuant", [of, "one"], name)

    def fire(self, name, x, norm, turned):
        """Normalisation and sign of the sums x."""
        scale, mean = (v.detach().numpy().copy()
                       for v in (norm.weight, norm.running_mean))
        scale[turned] *= -1
        mean[turned] *= -1
        values = [self.constant(f"{name}_{what}", value) for what, value in (
            ("scale", scale), ("bias", norm.bias.detach().numpy()),
            ("mean", mean), ("var", norm.running_var.numpy()))]
        x = self.node("BatchNormalization", [x, *values], name + "_norm",
                      epsilon=norm.eps)
        return self.node("BipolarQuant", [x, "one"], name)

    def layer(self, number, x, weight, norm, kind, **attributes):
        turned = slice(0, None if self.negate else 0, 3)
        w = self.signs(f"w{number}", weight, turned)
        x = self.node(kind, [x, w], f"sum{number}", **attributes)
        return self.fire(f"a{number}", x, norm, turned)


def build(net, convs, scale, centre, floats=False, negate=False):
    g = Graph(floats, negate)
    x = g.node("Cast", ["image"], "pixels", to=TensorProto.FLOAT)
    g.constant("centre", numpy.float32(centre))
    x = g.node("Sub", [x, "centre"], "centred")
    for i, (weight, (_, pool)) in enumerate(zip(net.convs, convs)):
        x = g.layer(i, x, weight, net.norms[i], "Conv", kernel_shape=[3, 3])
        if pool:
            x = g.node("MaxPool", [x], f"pool{i}", kernel_shape=[2, 2],
                       strides=[2, 2])
    x = g.node("Flatten", [x], "flat", axis=1)
    x = g.layer(len(convs), x, net.hidden, net.norms[-1], "MatMul")
    last = g.signs(f"w{len(convs) + 1}", net.last, slice(0, 0))
    x = g.node("MatMul", [x, last], "votes")
    g.constant("scale", numpy.float32(scale))
    g.constant("bias", net.bias.detach().numpy())
    x = g.node("Mul", [x, "scale"], "scaled")
    g.node("Add", [x, "bias"], "scores")
    g.node("ArgMax", ["scores"], "label", axis=1, keepdims=0)
    return model(g)


def bipolar_quant():
    nodes = [
        helper.make_node("Constant", [], ["zero"], value_float=0.0),
        helper.make_node("GreaterOrEqual", ["x", "zero"], ["positive"]),
        helper.make_node("Neg", ["scale"], ["negative"]),
        helper.make_node("Where", ["positive", "scale", "negative"], ["y"])]
    return helper.make_function(DOMAIN, "BipolarQuant", ["x", "scale"], ["y"],
                                nodes, [helper.make_opsetid("", 13)])


def model(g):
    def tensor(name, kind, *shape):
        return helper.make_tensor_value_info(name, kind, ("N", *shape))
    graph = helper.make_graph(
        g.nodes, "fashion", [tensor("image", TensorProto.UINT8, 1, 28, 28)],
        [tensor("label", TensorProto.INT64),
         tensor("scores", TensorProto.FLOAT, 10)], g.values)
    result = helper.make_model(
        graph, producer_name="octoray-tools", ir_version=8,
        functions=[bipolar_quant()],
        opset_imports=[helper.make_opsetid("", 13),
                       helper.make_opsetid(DOMAIN, 1)],
        doc_string="Fashion-MNIST: 28 x 28 grey bytes, light on dark, to ten "
                   "kinds of clothing; weights and activations are +1 or -1")
    helper.set_model_props(result, {"labels": "\n".join(fashion_data.NAMES)})
    onnx.checker.check_model(result, full_check=False)
    return result


def write(net, convs, scale, centre, folder):
    """The three files; the net itself gets their thresholds and bias."""
    place_thresholds(net)
    round_bias(net)
    for name, options in (("fashion", {}), ("fashion_float", {"floats": True}),
                          ("fashion_negated",
                           {"floats": True, "negate": True})):
        onnx.save(build(net, convs, scale, centre, **options),
                  os.path.join(folder, name + ".onnx"))
