import Foundation

/// The folder with the full MNIST, where there is one.
public let mnistFolder = ProcessInfo.processInfo.environment["KOBAI_MNIST_DIR"]

/// The folder with CIFAR-10 as JPEG files, where there is one: "train" and "test", in each a folder for each class.
public let cifarFolder = ProcessInfo.processInfo.environment["KOBAI_CIFAR_DIR"]
