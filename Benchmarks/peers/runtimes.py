"""Files of ONNX as the runtimes of inference open them, for batches of one size."""


def onnxruntime_session(path, batch, threads, between=1):
    """A session with so many threads inside an operation and between operations, 0 standing for its own choice; the name of the
    input, and its shape."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = between
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    given = session.get_inputs()[0]
    return session, given.name, [size if isinstance(size, int) else batch for size in given.shape]


def openvino_model(path, batch):
    """A function that compiles the model with a configuration; and the shape of its input."""
    import openvino

    core = openvino.Core()
    model = core.read_model(path)
    shape = [size.get_length() if size.is_static else batch for size in model.input(0).partial_shape]
    model.reshape(shape)
    return lambda configuration: core.compile_model(model, "CPU", configuration), shape
