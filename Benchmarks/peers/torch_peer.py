"""PyTorch's part in `compare`: training, inference, softmax-cross-entropy, matrix products."""

import torch
from torch import nn

import peer
from networks import FLATTEN, NETWORKS, POOL, RELU, Conv, Dense, Dropout

LAYOUTS = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}


def module(layer):
    match layer:
        case Conv():
            return nn.Conv2d(layer.inputs, layer.outputs, layer.kernel, padding=layer.padding)
        case Dense():
            return nn.Linear(layer.inputs, layer.outputs)
        case Dropout():
            return nn.Dropout(layer.rate)
    return {RELU: nn.ReLU, POOL: lambda: nn.MaxPool2d(2), FLATTEN: nn.Flatten}[layer]()


def networks(options, batch):
    """The network and a batch of images in each memory layout; without convolutions there is but one."""
    layers = NETWORKS[options.network]
    layouts = LAYOUTS if any(isinstance(layer, Conv) for layer in layers) else {"contiguous": torch.contiguous_format}
    for name, layout in layouts.items():
        network = nn.Sequential(*map(module, layers)).to(memory_format=layout)
        yield name, network, torch.rand(batch, 1, 28, 28).to(memory_format=layout)


def autocast(options):
    return torch.autocast("cpu", torch.bfloat16, enabled=options.precision == "medium")


def train(options):
    labels = torch.randint(10, (peer.BATCH,))

    def trainer(network, images, evaluate):
        adam = torch.optim.Adam(network.parameters(), lr=peer.LEARNING_RATE, fused=True)

        def step():
            adam.zero_grad()
            with autocast(options):
                loss = evaluate(images)
            loss.backward()
            adam.step()

        return step

    modes = {}
    for layout, network, images in networks(options, peer.BATCH):
        def evaluate(x, network=network):
            return nn.functional.cross_entropy(network(x), labels)

        modes[layout] = trainer(network, images, evaluate)
        modes[f"{layout},compiled"] = trainer(network, images, torch.compile(evaluate))
    peer.serve(modes)


def infer(options):
    modes = {}
    for layout, network, images in networks(options, options.batch):
        network.eval()
        compiled = torch.compile(network, options={"freezing": True})
        for name, call in {layout: network, f"{layout},compiled": compiled}.items():
            def run(call=call, images=images):
                with torch.no_grad(), autocast(options):
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
        stored = torch.rand(columns, rows).T if letter == "t" else torch.rand(rows, columns)
        return stored.to(dtype)

    def product(dtype):
        a = factor(options.m, options.k, options.transposed[0], dtype)
        b = factor(options.k, options.n, options.transposed[1], dtype)
        c = torch.empty(options.m, options.n, dtype=dtype)
        return lambda: torch.mm(a, b, out=c)

    torch.set_float32_matmul_precision(options.precision)
    dtypes = [torch.float32] + ([torch.bfloat16] if options.precision == "medium" else [])
    with torch.inference_mode():
        peer.serve({str(dtype).removeprefix("torch."): product(dtype) for dtype in dtypes})


tasks = {"train": train, "infer": infer, "loss": loss, "gemm": gemm}
options = peer.arguments(*tasks)
torch.set_num_threads(options.threads)
tasks[options.task](options)
