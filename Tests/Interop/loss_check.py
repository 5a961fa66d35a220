"""Are Kobai's losses PyTorch's?

usage: loss_check.py CASES

CASES is a JSON list: each case has PyTorch's name of the loss, its options, outputs with their shape, targets (values or
classes), and the value and gradient that Kobai came to. Needs torch.
"""

import json
import sys

import torch

SCALARS = {"delta", "beta", "label_smoothing"}
cases = json.load(open(sys.argv[1]))
for case in cases:
    options = {
        name: values[0] if name in SCALARS else torch.tensor(values, dtype=torch.float64)
        for name, values in case["options"].items()
    }
    shape = case["shape"]
    x = torch.tensor(case["outputs"], dtype=torch.float64).reshape(shape).requires_grad_()
    if "values" in case:
        target = torch.tensor(case["values"], dtype=torch.float64).reshape(shape)
    else:
        target = torch.tensor(case["classes"]).reshape(shape[:1] + shape[2:])
    loss = getattr(torch.nn, case["loss"])(**options)(x, target)
    loss.backward()
    what = f'{case["loss"]} {case["options"]} {shape}'
    assert abs(loss.item() - case["value"]) <= 2e-6 * max(1, abs(loss.item())), f'{what}: {case["value"]}, not {loss.item()}'
    difference = (torch.tensor(case["gradient"], dtype=torch.float64).reshape(shape) - x.grad).abs().max().item()
    assert difference <= 1e-6, f"{what}: gradients differ by {difference}"
print(f"{len(cases)} losses and gradients agree")
