"""TensorFlow's part in `compare`: training and inference."""

import os

import peer

options = peer.arguments("train", "infer")
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"  # before TensorFlow is loaded

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from networks import FLATTEN, NETWORKS, POOL, RELU, Conv, Dense, Dropout, weights  # noqa: E402

tf.config.threading.set_intra_op_parallelism_threads(options.threads)
tf.config.threading.set_inter_op_parallelism_threads(1)

LAYERS = NETWORKS[options.network]


def forward(parameters, x, dtype, training):
    parameters = iter(parameters)
    x = tf.cast(x, dtype)
    for layer in LAYERS:
        match layer:
            case Conv():
                weight, bias = (tf.cast(next(parameters), dtype) for _ in range(2))
                padding = [[0, 0], [layer.padding] * 2, [layer.padding] * 2, [0, 0]]
                x = tf.nn.bias_add(tf.nn.conv2d(x, weight, 1, padding), bias)
            case Dense():
                weight, bias = (tf.cast(next(parameters), dtype) for _ in range(2))
                x = tf.nn.bias_add(x @ weight, bias)
            case Dropout() if training:
                x = tf.nn.dropout(x, layer.rate)
            case _ if layer == RELU:
                x = tf.nn.relu(x)
            case _ if layer == POOL:
                x = tf.nn.max_pool2d(x, 2, 2, "VALID")
            case _ if layer == FLATTEN:
                x = tf.reshape(x, [x.shape[0], -1])
    return tf.cast(x, tf.float32)


def random_images(batch):
    return tf.constant(np.random.default_rng(1).random((batch, 28, 28, 1), np.float32))


def initial_weights():
    return [tf.Variable(w) for w in weights(LAYERS, np.random.default_rng(0))]


def trainer(dtype, compiled):
    images, labels = random_images(peer.BATCH), tf.range(peer.BATCH) % 10
    parameters = initial_weights()
    first, second = ([tf.Variable(tf.zeros_like(w)) for w in parameters] for _ in range(2))
    powers = [tf.Variable(1.0) for _ in range(2)]

    @tf.function(jit_compile=compiled, autograph=False)
    def step(images, labels):
        with tf.GradientTape() as tape:
            outputs = forward(parameters, images, dtype, training=True)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, outputs))
        for power, beta in zip(powers, (0.9, 0.999)):
            power.assign(power * beta)
        for w, m, v, g in zip(parameters, first, second, tape.gradient(loss, parameters)):
            tf.raw_ops.ResourceApplyAdam(
                var=w.handle, m=m.handle, v=v.handle, beta1_power=powers[0], beta2_power=powers[1],
                lr=peer.LEARNING_RATE, beta1=0.9, beta2=0.999, epsilon=1e-8, grad=g,
            )
        return loss

    return lambda: step(images, labels)


def inference(dtype, compiled):
    parameters, images = initial_weights(), random_images(options.batch)
    run = tf.function(lambda x: forward(parameters, x, dtype, training=False), jit_compile=compiled, autograph=False)
    return lambda: run(images)


make, measure = {"train": (trainer, peer.seconds), "infer": (inference, peer.latency)}[options.task]
modes = {}
for dtype in peer.dtypes(options):
    modes |= {dtype: make(dtype, compiled=False), f"{dtype},compiled": make(dtype, compiled=True)}
peer.serve(modes, measure, lambda result: result.numpy())
