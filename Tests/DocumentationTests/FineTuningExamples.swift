// The examples of the documentation of fine-tuning, as they stand there (see Examples.swift).
import Kobai
import KobaiTraining

enum FineTuningExamples {
  static func tuning(_ network: Network) throws -> Int {
    try network.parameters.setTrainable(false)
    try network.parameters.setTrainable(true, prefix: "affine2")
    try network.parameters.tune(prefix: "affine") { $0.learningRateFactor = 0.1 }
    return network.parameters.trainableCount
  }

  static func load(_ file: SafetensorsFile, into network: Network) throws -> [String] {
    let report = try network.load(file, allowing: [.otherShapes, .unknown])
    print(report)  // 4 tensors match; affine2.weight is 10×100, not 26×100; …
    return report.matched
  }

  static func accumulate(
    _ images: Tensor, _ labels: Labels, step: Int, _ network: Network, _ loss: any Loss,
    _ optimizer: inout some Optimizer
  ) throws {
    for first in stride(from: 0, to: labels.count, by: network.batch) {
      let samples = first..<min(first + network.batch, labels.count)
      let logits = try network.forward(
        images.slice(samples), .training(step: step), part: BatchPart(first: first, of: labels.count))
      _ = try loss.evaluate(
        logits, .classes(labels.slice(samples)), divisor: Double(labels.count), gradient: network.outputGradient,
        on: network.kernels)
      try network.backward()
    }
    try optimizer.step(network.parameters)
  }

  static func schedule() -> [Float] {
    let halving = Schedule.custom { $0.highest / Float(1 << ($0.step / $0.stepsPerEpoch)) }
    return (0..<4).map { halving.rate(1, step: $0, perEpoch: 2, total: 4) }
  }
}
