import Foundation

/// The folder with the full MNIST, where there is one.
public let mnistFolder = ProcessInfo.processInfo.environment["KOBAI_MNIST_DIR"]
