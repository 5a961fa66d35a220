import ArgumentParser
import Foundation
import Kobai
import KobaiFiles
import KobaiONNX

@testable import cnn_train

/// Writes the files of the corpora that Kobai makes itself: weights, checkpoints, ONNX, descriptions of networks.
///
/// Files of weights have no digest, under whose key a fuzzer could change nothing without being refused at once.
func writeCorpus(in folder: String) throws {
  func path(_ fuzzer: String, _ name: String) throws -> String {
    try FileManager.default.createDirectory(atPath: "\(folder)/\(fuzzer)", withIntermediateDirectories: true)
    return "\(folder)/\(fuzzer)/\(name)"
  }
  let networks: [(String, Shape, Sequential)] = [
    ("affine", [2], ["affine1": Affine(3), "relu": ReLU(), "dropout": Dropout(0.5), "affine2": Affine(2)]),
    (
      "conv", [1, 6, 6],
      [
        "conv": Conv2D(filters: 2, kernel: 3, padding: 1), "norm": BatchNorm(), "relu": ReLU(), "pool": MaxPool2D(2),
        "flatten": Flatten(), "affine": Affine(2),
      ]
    ),
    ("residual", [2, 4, 4], ["block": Residual(["conv": Conv2D(filters: 2, kernel: 3, padding: 1), "silu": SiLU()])]),
    ("recurrent", [3, 2], ["lstm": LSTM(2), "norm": LayerNorm(), "affine": Affine(2), "softmax": Softmax()]),
    (
      "up", [2, 3, 3],
      ["up": Upsample(scale: 2), "group": GroupNorm(2), "mean": GlobalAveragePool2D(), "prelu": PReLU()]
    ),
  ]
  for (name, input, layers) in networks {
    let network = try Network(input: input, batch: 2, layers)
    let description = try NetworkDescription(network.design)
    try AtomicFile.write(Array(description.formattedJSON.utf8), to: path("network", "\(name).json"))
    let weights = try path("safetensors", "\(name).safetensors")
    try network.save(to: weights)
    try removeDigest(weights)
    do { try network.saveONNX(to: path("onnx", "\(name).onnx")) } catch is ONNXError {}
  }

  let work = FileManager.default.temporaryDirectory.appendingPathComponent("kobai-corpus-\(getpid())").path
  try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: work) }
  try AtomicFile.write(Array(trainingTable.utf8), to: "\(work)/table.csv")
  let trainings = [
    "adam": ["--optimizer", "adam", "--ema", "0.9", "--validation-split", "0.25", "--patience", "3"],
    "momentum": ["--optimizer", "momentum", "--warmup", "2", "--schedule", "cosine", "--label-smoothing", "0.1"],
  ]
  for (name, options) in trainings {
    var command = try CNNTrain.parseAsRoot(
      [
        "--data", "\(work)/table.csv", "--target", "class", "--model", "softmax", "--epochs", "2",
        "--batch-size", "4", "--quiet", "--threads", "1", "--checkpoint-dir", "\(work)/\(name)",
        "--checkpoint-every", "3", "--keep-checkpoints", "9",
      ] + options)
    try command.run()
    // The first of them stands in the middle of an epoch.
    let files = try FileManager.default.contentsOfDirectory(atPath: "\(work)/\(name)").filter { $0.hasPrefix("step-") }
    guard let first = files.min() else { throw FileError(path: work, reason: "holds no checkpoint") }
    let copy = try path("checkpoint", "\(name).safetensors")
    try AtomicFile.write(readFile("\(work)/\(name)/\(first)"), to: copy)
    try removeDigest(copy)
  }
}

/// Renames the digest's key to one that says nothing.
private func removeDigest(_ path: String) throws {
  let key = Array("kobai.sha256".utf8)
  var bytes = try readFile(path)
  guard let start = bytes.indices.dropLast(key.count).first(where: { bytes[$0..<$0 + key.count].elementsEqual(key) })
  else { return }
  bytes.replaceSubrange(start..<start + key.count, with: Array("corpus.no256".utf8))
  try AtomicFile.write(bytes, to: path)
}
