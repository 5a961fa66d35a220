"""What does PyTorch come to with trainings of Kobai's?

usage: tasks_check.py FOLDER...

Each FOLDER has the first weights with the network's description (first.safetensors), inputs and targets as 32-bit floats, and case.json:
the order of the samples in each epoch, the learning rate of each step, the loss, and the metric. The metrics are printed, one a line.
Networks are chains of affine layers, ReLU and tanh; the optimizer is Adam. Needs torch, safetensors, numpy and scikit-learn.
"""

import json
import sys

import numpy as np
import torch
from safetensors import safe_open
from sklearn.metrics import f1_score

METRICS = {
    "rmse": lambda y, t: ((y - t) ** 2).mean().sqrt().item(),
    "mse": lambda y, t: ((y - t) ** 2).mean().item(),
    "f1": lambda y, t: f1_score(t.numpy(), (y > 0).numpy(), average="macro"),
    "accuracy": lambda y, t: (y.argmax(1) == t).double().mean().item(),
}
LOSSES = {"mse": torch.nn.MSELoss, "bce": torch.nn.BCEWithLogitsLoss, "cross": torch.nn.CrossEntropyLoss}


def network(folder):
    """The network with its first weights, and the number of its inputs."""
    with safe_open(f"{folder}/first.safetensors", "pt") as file:
        design = json.loads(file.metadata()["kobai.network"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}
    layers = []
    for node in design["nodes"]:
        if node["type"] == "Affine":
            weight = tensors[node["name"] + ".weight"]
            layer = torch.nn.Linear(weight.shape[1], weight.shape[0])
            layer.load_state_dict({"weight": weight, "bias": tensors[node["name"] + ".bias"]})
        else:
            layer = {"ReLU": torch.nn.ReLU, "Tanh": torch.nn.Tanh}[node["type"]]()
        layers.append(layer)
    return torch.nn.Sequential(*layers), int(np.prod(design["inputs"][0]["shape"]))


def result(folder):
    """What the metric of a folder's training comes to."""
    with open(f"{folder}/case.json") as file:
        case = json.load(file)
    net, inputs = network(folder)

    def load(name):
        x = torch.from_numpy(np.fromfile(f"{folder}/{name}.inputs", "<f4").reshape(-1, inputs))
        t = torch.from_numpy(np.fromfile(f"{folder}/{name}.targets", "<f4"))
        return x, t.long() if case["loss"] == "cross" else t.reshape(len(x), -1)

    x, t = load("train")
    if "test" in case:
        tested = torch.tensor(case["test"])
        test_x, test_t = x[tested], t[tested]
    else:
        test_x, test_t = load("test")
    loss = LOSSES[case["loss"]]()
    optimizer = torch.optim.Adam(net.parameters())
    rates = iter(case["rates"])
    for order in case["order"]:
        for index in torch.tensor(order).split(case["batch"]):
            optimizer.param_groups[0]["lr"] = next(rates)
            optimizer.zero_grad()
            loss(net(x[index]), t[index]).backward()
            optimizer.step()
    with torch.no_grad():
        return METRICS[case["metric"]](net(test_x), test_t)


torch.set_num_threads(1)  # for batches this small others only wait, and longer on a busy machine
for folder in sys.argv[1:]:
    print(result(folder))
