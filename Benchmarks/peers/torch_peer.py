"""PyTorch's part in `compare`: training, inference, softmax-cross-entropy, matrix products."""

import torch
from torch import nn

import peer
from networks import NETWORKS, Conv, image
from torch_networks import autocast, sequence

LAYOUTS = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}


def networks(options, batch):
    """The network and a batch of images in each memory layout; without convolutions there is but one."""
    layers = NETWORKS[options.network]
    layouts = LAYOUTS if any(isinstance(layer, Conv) for layer in layers) else {"contiguous": torch.contiguous_format}
    for name, layout in layouts.items():
        network = sequence(layers).to(memory_format=layout)
        yield name, network, torch.rand(batch, *image(options.network)).to(memory_format=layout)


def train(options):
    labels = torch.randint(10, (peer.BATCH,))

    def trainer(network, images, evaluate, dtype):
        adam = torch.optim.Adam(network.parameters(), lr=peer.LEARNING_RATE, fused=True)

        def step():
            adam.zero_grad()
            with autocast(dtype):
                loss = evaluate(images)
            loss.backward()
            adam.step()

        return step

    modes = {}
    for layout, network, images in networks(options, peer.BATCH):
        def evaluate(x, network=network):
            return nn.functional.cross_entropy(network(x), labels)

        for dtype in peer.dtypes(options):
            modes[f"{layout},{dtype}"] = trainer(network, images, evaluate, dtype)
            modes[f"{layout},{dtype},compiled"] = trainer(network, images, torch.compile(evaluate), dtype)
    peer.serve(modes)


def infer(options):
    modes = {}
    for layout, network, images in networks(options, options.batch):
        network.eval()
        compiled = torch.compile(network, options={"freezing": True})
        for dtype in peer.dtypes(options):
            for name, call in {f"{layout},{dtype}": network, f"{layout},{dtype},compiled": compiled}.items():
                def run(call=call, images=images, dtype=dtype):
                    with torch.no_grad(), autocast(dtype):
                        call(images)

                modes[name] = run
    peer.serve(modes, peer.latency)


def loss(options):
    outputs = torch.randn(options.n, options.c, requires_grad=True)
    labels = torch.arange(options.n) % options.c
    cross_entropy = nn.functional.cross_entropy

    def pass_with(function):
        def run():
            outputs.grad = None
            function(outputs, labels).backward()

        return run

    peer.serve({"eager": pass_with(cross_entropy), "compiled": pass_with(torch.compile(cross_entropy))})


def gemm(options):
    def factor(rows, columns, letter, dtype):
        return (torch.rand(columns, rows).T if letter == "t" else torch.rand(rows, columns)).to(dtype)

    def product(dtype):
        a = factor(options.m, options.k, options.transposed[0], dtype)
        b = factor(options.k, options.n, options.transposed[1], dtype)
        c = torch.empty(options.m, options.n, dtype=dtype)
        return lambda: torch.mm(a, b, out=c)

    with torch.inference_mode():
        peer.serve({dtype: product(getattr(torch, dtype)) for dtype in peer.dtypes(options)})


tasks = {"train": train, "infer": infer, "loss": loss, "gemm": gemm}
options = peer.arguments(*tasks, networks=NETWORKS)
torch.set_num_threads(options.threads)
torch.set_float32_matmul_precision(options.precision)
tasks[options.task](options)
