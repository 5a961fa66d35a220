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

  static func schedule() -> [Float] {
    let halving = Schedule.custom { $0.highest / Float(1 << ($0.step / $0.stepsPerEpoch)) }
    return (0..<4).map { halving.rate(1, step: $0, perEpoch: 2, total: 4) }
  }
}
