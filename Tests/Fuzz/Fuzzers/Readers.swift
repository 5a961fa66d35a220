import ArgumentParser
import Foundation
import KobaiFiles
import KobaiImages
import KobaiKernels
import KobaiONNX
import KobaiTraining

@testable import Kobai
@testable import KobaiCommand
@testable import KobaiData
@testable import cnn_train

/// All fuzzers by name; each is made with a folder of its own.
var fuzzers: [(name: String, make: (String) throws -> any Fuzzer)] {
  [
    ("idx", { try FileFuzzer("images", in: $0, readIDX) }),
    ("safetensors", { try FileFuzzer("w.safetensors", in: $0, readSafetensors) }),
    ("checkpoint", { try checkpointFuzzer(in: $0) }),
    ("picture", { try FileFuzzer("picture", in: $0) { _ = try Picture(file: $0) } }),
    ("csv", { try FileFuzzer("table.csv", in: $0, readTable) }),
    ("npz", { try FileFuzzer("arrays", in: $0, readArrays) }),
    ("pickle", { try FileFuzzer("weights.pkl", in: $0) { _ = try BookWeights(contentsOf: $0) } }),
    ("onnx", { try FileFuzzer("model.onnx", in: $0) { try check(ONNXFile($0).graph, weights: ONNXFile($0).weights) } }),
    ("network", { try FileFuzzer("network.json", in: $0) { try check(NetworkDescription(contentsOf: $0).graph()) } }),
    ("kernels", { _ in KernelFuzzer() }),
  ]
}

/// Tries all readings, even where one of them throws; the first error counts.
private func all(_ readings: (() throws -> Void)...) throws {
  let errors = readings.compactMap { reading -> (any Error)? in
    do { try reading() } catch { return error }
    return nil
  }
  if let first = errors.first { throw first }
}

/// As images and as labels, plain or gzipped.
private func readIDX(_ path: String) throws {
  try all({ _ = try IDX(path: path, .images) }, { _ = try IDX(path: path, .labels).labels(path: path) })
}

private func readSafetensors(_ path: String) throws {
  let file = try SafetensorsFile(path)
  for name in file.entries.keys { _ = try file.floats(name) }
  if let json = file.metadata[Network.descriptionKey] { try check(NetworkDescription(json: json).graph()) }
}

private func readTable(_ path: String) throws {
  try all(
    {
      let table = try Table(contentsOf: path, target: .classes("class"))
      _ = try Table(contentsOf: path, encodedAs: table.encoding)
    },
    { _ = try Table(contentsOf: path, target: .values(["value"])) },
    { _ = try ImageSet.load(csv: path) })
}

private func readArrays(_ path: String) throws {
  try all(
    { _ = try NumPyArray(contentsOf: path) }, { _ = try Dataset.load(npz: path) },
    {
      let archive = try NumPyArchive(contentsOf: path)
      for name in archive.names { _ = try archive.array(name) }
    })
}

/// Plans a network, and where it is small, builds and runs it. What is merely large is planned alone.
private func check(_ graph: Graph, weights: [NamedTensor] = []) throws {
  let kernels = Kernels(threads: 1)
  let design = try Network.Design(graph, batch: 1, kernels: kernels)
  _ = Fusion.groups(of: graph, shapes: design.shapes)
  guard design.shapes.allSatisfy({ $0.count < 1 << 10 }), graph.nodeCount < 30 else { return }
  let network = try Network(graph, batch: 1, kernels: kernels)
  try copyByName(weights, into: network.namedTensors, what: "the weights")
  _ = try NetworkDescription(network.design).json
  try network.forward(network.inputs.map { Tensor($0.shape.batched(1)) }, .inference)
}

/// Resumes a training from the file as `cnn-train --resume` does, in which it is broken off after its first step.
private func checkpointFuzzer(in folder: String) throws -> FileFuzzer {
  let table = "\(folder)/table.csv"
  try AtomicFile.write(Array(trainingTable.utf8), to: table)
  Interrupt.watch(Interrupt.words)
  Interrupt.trainingBegins()
  raise(SIGTERM)  // all trainings of this process stop after a step
  let (file, checkpoints) = ("step.safetensors", "\(folder)/checkpoints")
  // Parsed once, which takes ten times as long as what is tried here.
  let command = try CNNTrain.parseAsRoot(
    [
      "--resume", "\(folder)/\(file)", "--data", table, "--checkpoint-dir", checkpoints, "--quiet", "--threads", "1",
    ])
  return try FileFuzzer(file, in: folder) { _ in
    try? FileManager.default.removeItem(atPath: checkpoints)  // which belong to another training
    var resuming = command
    do { try resuming.run() } catch is ExitCode {}
  }
}

/// What the corpus' checkpoints were trained on.
let trainingTable =
  "x,y,class\n"
  + (0..<24).map { "\(Float($0 * 7 % 11) / 4),\(Float($0 * 5 % 7) / 2),\($0 % 3 == 0 ? "a" : "b")\n" }.joined()
