"""Is Kobai's Muon PyTorch's?

usage: muon_check.py CASES

CASES is a JSON list: each case has the shape of a matrix, its first elements, gradients, and what Kobai made of it with
learning rate 0.1 and weight decay 0.05. PyTorch orthogonalises in bfloat16, which has three digits; so does the code below,
but in double precision. Needs torch.
"""

import json
import sys

import torch


def optimize(case, orthogonalize=None):
    """The weights after all steps of torch.optim.Muon."""
    import torch.optim._muon as muon

    weight = torch.nn.Parameter(torch.tensor(case["first"], dtype=torch.float64).reshape(case["shape"]))
    original = muon._zeropower_via_newtonschulz
    if orthogonalize:
        muon._zeropower_via_newtonschulz = orthogonalize
    try:
        optimizer = torch.optim.Muon([weight], lr=0.1, weight_decay=0.05)
        for gradient in case["gradients"]:
            weight.grad = torch.tensor(gradient, dtype=torch.float64).reshape(case["shape"])
            optimizer.step()
    finally:
        muon._zeropower_via_newtonschulz = original
    return weight.detach()


def in_double(gradient, coefficients, steps, epsilon):
    """Newton-Schulz as PyTorch has it, without its rounding to bfloat16."""
    a, b, c = coefficients
    x = gradient.T if gradient.size(0) > gradient.size(1) else gradient
    x = x / x.norm().clamp(min=epsilon)
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.T if gradient.size(0) > gradient.size(1) else x


cases = json.load(open(sys.argv[1]))
for case in cases:
    weights = torch.tensor(case["weights"], dtype=torch.float64).reshape(case["shape"])
    exact = (optimize(case, in_double) - weights).abs().max().item()
    assert exact <= 2e-5, f'{case["shape"]}: {exact} from Newton-Schulz in double precision'
    rounded = (optimize(case) - weights).abs().max().item()
    assert rounded <= 0.02, f'{case["shape"]}: {rounded} from torch.optim.Muon'
print(f"{len(cases)} matrices agree")
