#!/usr/bin/python3
"""Train the default model of ocr-infer and write it as QONNX.

A net of binary weights and binary activations for Fashion-MNIST, see
README.md.  All weights but the biases are +1 or -1; every activation but the
pixels is too.  Training keeps float weights, uses their signs, and passes the
gradient of a sign through where its argument is within +-1.

Every epoch ends in a checkpoint; the same command resumes from it and gives
what an undisturbed run gives: order and flips depend on seed and epoch alone.
"""
import argparse
import math
import os
import time

# Threads that spin for each other waste a busy machine; set before the import.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
import torch.nn.functional as F

import fashion_check
import fashion_data
import fashion_onnx

# Output channels of the 3x3 convolutions, and whether 2x2 pooling follows.
CONVS = ((32, False), (32, True), (96, False), (96, True), (128, False))
HIDDEN = 96             # neurons of the layer before the last
SCALE = 1 / 8           # a class score is SCALE * integer + bias
BATCH = 128
# Shift of a pixel: 0..255 becomes a signed byte.
CENTRE = 128


class Sign(torch.autograd.Function):
    """-1 or +1; straight-through gradient within +-1."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.copysign(torch.ones(()), x)

    @staticmethod
    def backward(ctx, grad):
        # One pass each way: comparisons and where() took half the time.
        x, = ctx.saved_tensors
        return torch.ops.aten.hardtanh_backward(grad, x, -1, 1)


def latent(*shape):
    """Float weights behind the signs; small, so that few steps turn a sign."""
    bound = math.sqrt(3 / math.prod(shape[1:]))
    return torch.nn.Parameter((torch.rand(shape) * 2 - 1) * bound)


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        widths = [1] + [channels for channels, _ in CONVS]
        self.convs = torch.nn.ParameterList(
            latent(after, before, 3, 3)
            for before, after in zip(widths, widths[1:]))
        self.hidden = latent(HIDDEN, widths[-1] * 4)
        self.last = latent(10, HIDDEN)
        self.norms = torch.nn.ModuleList(
            [torch.nn.BatchNorm2d(w, momentum=0.02) for w in widths[1:]] +
            [torch.nn.BatchNorm1d(HIDDEN, momentum=0.02)])
        self.bias = torch.nn.Parameter(torch.zeros(10))

    def forward(self, x):
        # Pooling stands before the sign, where it passes more gradient.
        # All factors of the norms are positive, so the order is free, and
        # the file has it after the sign, as an OR of bits.
        for weight, (_, pool), norm in zip(self.convs, CONVS, self.norms):
            x = F.conv2d(x, Sign.apply(weight))
            if pool:
                x = F.max_pool2d(x, 2)
            x = Sign.apply(norm(x))
        x = F.linear(x.flatten(1), Sign.apply(self.hidden))
        x = Sign.apply(self.norms[-1](x))
        return F.linear(x, Sign.apply(self.last)) * SCALE + self.bias

    @torch.no_grad()
    def clip(self):
        for weight in (*self.convs, self.hidden, self.last):
            weight.clamp_(-1, 1)
        for norm in self.norms:
            norm.weight.clamp_(min=0.05)


def pixels(images):
    x = images.float().sub_(CENTRE)
    return x.contiguous(memory_format=torch.channels_last)


def rate(args, epoch):
    """Even, then down a cosine in the last epochs: what a run does before
    those is the same for any length, so a run can be made longer."""
    tail = max(0, 1 - (args.epochs - epoch) / args.tail)
    return args.rate * (1 + math.cos(math.pi * tail)) / 2


def train_epoch(net, optimiser, images, labels, args, epoch):
    """One pass over the training set; the mean loss."""
    draw = torch.Generator().manual_seed(args.seed * 100003 + epoch)
    order = torch.randperm(len(images), generator=draw)
    flips = torch.rand(len(images), generator=draw) < 0.5
    steps = len(images) // BATCH
    total = 0.0
    net.train()
    for step in range(steps):
        optimiser.param_groups[0]["lr"] = rate(args, epoch + step / steps)
        chosen = order[step * BATCH:(step + 1) * BATCH]
        x = images[chosen]
        x = torch.where(flips[chosen, None, None, None], x.flip(3), x)
        loss = F.cross_entropy(net(pixels(x)), labels[chosen])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        net.clip()
        total += loss.item()
        if step + 1 == args.steps:
            return total / args.steps
    return total / steps


@torch.no_grad()
def scores(net, images):
    net.eval()
    return torch.cat([net(pixels(part)) for part in images.split(500)])


def save(path, **what):
    torch.save(what, path + ".new")
    os.replace(path + ".new", path)


def train(net, args):
    state = os.path.join(args.out, "checkpoint.pt")
    images, labels = map(torch.from_numpy, fashion_data.load("train"))
    tests, truth = map(torch.from_numpy, fashion_data.load("t10k"))
    optimiser = torch.optim.Adam(net.parameters(), lr=args.rate)
    epoch = 0
    if os.path.exists(state):
        was = torch.load(state)
        net.load_state_dict(was["net"])
        optimiser.load_state_dict(was["optimiser"])
        epoch = was["epoch"]
    while epoch < args.epochs:
        wall, cpu = time.time(), time.process_time()
        loss = train_epoch(net, optimiser, images, labels, args, epoch)
        epoch += 1
        save(state, net=net.state_dict(), epoch=epoch,
             optimiser=optimiser.state_dict())
        print(f"epoch {epoch}/{args.epochs}: loss {loss:.4f}, "
              f"{time.time() - wall:.0f} s, "
              f"{time.process_time() - cpu:.0f} s of processor", flush=True)
        if epoch % 5 == 0 or epoch == args.epochs:
            right = (scores(net, tests).argmax(1) == truth).float().mean()
            print(f"test {100 * right:.2f} %", flush=True)


def compare(net, folder):
    """The files, evaluated by integers, score exactly as the net does."""
    images, _ = fashion_data.load("t10k")
    ours = scores(net, torch.from_numpy(images[:1000])).numpy()
    for name, count in (("fashion", 1000), ("fashion_float", 100),
                        ("fashion_negated", 100)):
        path = os.path.join(folder, name + ".onnx")
        theirs = fashion_check.scores(path, images[:count])
        if not (ours[:count] * fashion_check.UNIT == theirs).all():
            raise SystemExit(f"{path}: scores differ from the net's")
        print(f"{name}.onnx: scores of {count} images are the net's")


def main():
    ask = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ask.add_argument("--out", default=".", help="folder of all results")
    ask.add_argument("--epochs", type=int, required=True)
    ask.add_argument("--tail", type=int, default=4,
                     help="epochs in which the rate goes down to nothing")
    ask.add_argument("--rate", type=float, default=0.002)
    ask.add_argument("--seed", type=int, default=6)
    ask.add_argument("--steps", type=int, default=0,
                     help="end each epoch after so many batches: a trial")
    ask.add_argument("--threads", type=int, default=1)
    args = ask.parse_args()
    os.makedirs(args.out, exist_ok=True)
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    torch.use_deterministic_algorithms(True)
    net = Net()
    train(net, args)
    fashion_onnx.write(net, CONVS, SCALE, CENTRE, args.out)
    compare(net, args.out)


if __name__ == "__main__":
    main()
