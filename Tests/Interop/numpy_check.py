"""Prints what numpy makes of arrays: as it prints them, and what its operations answer.

usage: numpy_check.py QUESTIONS

QUESTIONS is a JSON list of {"operation", "arrays": [{"shape", "values"}]}, numbers as text so that nan and inf can be
among them. Prints a JSON list of the answers: text, {"shape", "values"}, or what numpy's error says.
"""

import json
import sys

import numpy as np

OPERATIONS = {
    "print": str,
    "print integers": lambda a: str(a.astype(np.int64)),
    "print booleans": lambda a: str(a.astype(np.bool_)),
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "dot": np.dot,
    "transpose": np.transpose,
    "transpose 0312": lambda a: a.transpose(0, 3, 1, 2),
    "sum 0": lambda a: a.sum(axis=0),
    "sum -1": lambda a: a.sum(axis=-1),
    "sum 1 keepdims": lambda a: a.sum(axis=1, keepdims=True),
    "max 1": lambda a: a.max(axis=1),
    "argmax 1": lambda a: a.argmax(axis=1).astype(float),
    "mean 0": lambda a: a.mean(axis=0),
}


def answer(question):
    arrays = [np.array([float(v) for v in a["values"]]).reshape(a["shape"]) for a in question["arrays"]]
    try:
        result = OPERATIONS[question["operation"]](*arrays)
    except ValueError as error:
        return {"text": str(error).strip()}
    if isinstance(result, str):
        return {"text": result}
    result = np.asarray(result)
    return {"shape": list(result.shape), "values": [repr(float(v)) for v in result.ravel()]}


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        print(json.dumps([answer(question) for question in json.load(file)]))
