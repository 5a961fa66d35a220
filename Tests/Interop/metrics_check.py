"""Are Kobai's metrics scikit-learn's?

usage: metrics_check.py CASES

CASES is a JSON list: each case has outputs (rows of logits), targets (classes, or values of the outputs' shape), weights perhaps,
and the values that Kobai came to by name. Needs scikit-learn.
"""

import json
import sys
import warnings

import numpy as np
from sklearn import metrics as m

warnings.filterwarnings("ignore")


def expected(name, x, case, weights):
    """What scikit-learn says."""
    if "classes" in case:
        t = np.array(case["classes"])
        labels = np.arange(x.shape[1])
        e = np.exp(x - x.max(1, keepdims=True))
        p = e / e.sum(1, keepdims=True)
        y = x.argmax(1)
        average = name.split()[0]
        area = lambda: m.roc_auc_score(t, p[:, 1], sample_weight=weights) if x.shape[1] == 2 else m.roc_auc_score(
            t, p, multi_class="ovr", average="macro", sample_weight=weights)
        table = {
            "accuracy": lambda: m.accuracy_score(t, y, sample_weight=weights),
            "log loss": lambda: m.log_loss(t, p, labels=labels, sample_weight=weights),
            "AUC": area,
        }
        for k in (2, 3):
            table[f"top-{k} accuracy"] = lambda k=k: m.top_k_accuracy_score(
                t, x, k=k, labels=labels, sample_weight=weights) if x.shape[1] > 2 else 1.0
    else:
        t = np.array(case["values"]).reshape(x.shape)
        y = (x > 0).astype(int)
        average = name.split()[0]
        table = {
            "MSE": lambda: m.mean_squared_error(t, x, sample_weight=weights),
            "RMSE": lambda: m.mean_squared_error(t, x, sample_weight=weights) ** 0.5,
            "MAE": lambda: m.mean_absolute_error(t, x, sample_weight=weights),
            "R²": lambda: m.r2_score(t, x, sample_weight=weights),
            "AUC": lambda: m.roc_auc_score(t, x, average="macro", sample_weight=weights),
            "log loss": lambda: np.mean([
                m.log_loss(t[:, i], 1 / (1 + np.exp(-x[:, i])), labels=[0, 1], sample_weight=weights)
                for i in range(x.shape[1])]),
            "accuracy": lambda: np.mean([
                m.accuracy_score(t[:, i], y[:, i], sample_weight=weights) for i in range(x.shape[1])]),
        }
    if average in ("macro", "micro"):
        for words, score in (("F1", m.f1_score), ("precision", m.precision_score), ("recall", m.recall_score)):
            table[f"{average} {words}"] = lambda score=score: score(
                t, y, average=average, sample_weight=weights, zero_division=0)
    return table[name]()


cases = json.load(open(sys.argv[1]))
count = 0
for case in cases:
    x = np.array(case["outputs"], dtype=np.float64).reshape(-1, case["channels"])
    weights = np.array(case["weights"]) if "weights" in case else None
    for name, value in case["results"].items():
        right = expected(name, x, case, weights)
        assert abs(right - value) <= 1e-6 * max(1, abs(right)), f'{case["name"]}: {name} is {value}, not {right}'
        count += 1
print(f"{count} metrics agree")
