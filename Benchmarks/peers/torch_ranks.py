"""Training steps of PyTorch's DistributedDataParallel (gloo) with random images: torchrun --nproc-per-node 2 torch_ranks.py …

Prints the images a second of all processes together, by mode. See README.md.
"""

import argparse
import statistics
import time

import torch
import torch.distributed as dist
from torch.nn.functional import cross_entropy
from torch.nn.parallel import DistributedDataParallel

from networks import BOOK
from torch_networks import sequence


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", choices=BOOK, required=True)
    parser.add_argument("--batch", type=int, default=100, help="images of each process in a step")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int, default=60)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    dist.init_process_group("gloo")
    for layout in (torch.contiguous_format, torch.channels_last):
        for compiled in (False, True):
            rate = measure(options, layout, compiled)
            if dist.get_rank() == 0:
                print(f"{str(layout).removeprefix('torch.')}{',compiled' * compiled} {rate:.1f}", flush=True)
    dist.destroy_process_group()


def measure(options, layout, compiled):
    torch.manual_seed(1)
    network = sequence(BOOK[options.network]).to(memory_format=layout)
    model = DistributedDataParallel(network, gradient_as_bucket_view=True)
    call = torch.compile(model) if compiled else model
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-6, fused=True)
    images = torch.rand(options.batch, 1, 28, 28).contiguous(memory_format=layout)
    labels = torch.arange(options.batch) % 10
    times = []
    for step in range(options.steps + 10):
        start = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        cross_entropy(call(images), labels).backward()
        optimizer.step()
        if step >= 10:
            times.append(time.perf_counter() - start)
    return options.batch * dist.get_world_size() / statistics.median(times)


if __name__ == "__main__":
    main()
