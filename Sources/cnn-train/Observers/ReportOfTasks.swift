import Kobai
import KobaiData
import KobaiReport
import KobaiTraining

/// What a page shows of tasks whose targets are no classes: predictions over true values, labels one by one, and
/// reconstructions beside what they are of.
extension TrainingReport {
  /// The number of columns whose predictions have a picture.
  private static let mostScatters = 12
  /// The number of reconstructions that are shown.
  private static let shownReconstructions = 20

  /// Shows what the trained network computes for the samples to test with.
  mutating func show(_ training: ConfiguredTraining, _ evaluation: Evaluation) throws {
    switch training.task {
    case .classification: break
    case .regression:
      let values = try Self.values(training)
      let names = training.data.encoding?.targetColumns ?? []
      let columns = training.network.output.count
      scatters = Self.scatters(values, columns < 2 && names.isEmpty ? ["value"] : names, columns: columns)
    case .multiLabel(let labels):
      let names = training.data.classNames?.names ?? (0..<labels).map(String.init)
      let values = try Self.values(training)
      let scores: [any Metric] = [F1Score(), ROCAUC()]
      labelTable = LabelTable(
        labels: names, counts: (0..<labels).map { label in values.count { $0.targets[label] > 0.5 } },
        columns: zip(["F1", "AUC"], scores)
          .map { (name: $0, values: evaluation.valuesByLabel($1.name)) }.filter { $0.values.count == labels })
    case .reconstruction:
      if let images = training.data.images?.test {
        try showReconstructions(of: images, training)
      } else {
        let values = try Self.values(training)
        scatters = Self.scatters(
          values, training.data.encoding?.inputNames ?? [], columns: training.network.output.count
        ) { training.normalization.restored($0) }
      }
    }
  }

  private static func values(
    _ training: ConfiguredTraining, where isWanted: (Int) -> Bool = { _ in true }
  ) throws -> [PredictedValues] {
    try Evaluator(training.network, task: training.task).predictedValues(training.test, where: isWanted)
  }

  /// A picture for each column, as far as there are not too many.
  ///
  /// - Parameter measure: turns a row of numbers into those that are shown.
  private static func scatters(
    _ values: [PredictedValues], _ names: [String], columns: Int, _ measure: ([Float]) -> [Float] = { $0 }
  ) -> [Scatter] {
    let (actual, predicted) = (values.map { measure($0.targets) }, values.map { measure($0.outputs) })
    return (0..<min(columns, mostScatters)).map { column in
      Scatter(
        column < names.count ? names[column] : "output \(column + 1)", actual: actual.map { Double($0[column]) },
        predicted: predicted.map { Double($0[column]) })
    }
  }

  /// The first images to test with, and what the network makes of them.
  private mutating func showReconstructions(of images: ImageSet, _ training: ConfiguredTraining) throws {
    let isGray = images.channels == 1  // ink on paper, as other pictures of the page
    reconstructions = try Self.values(training) { $0 < Self.shownReconstructions }.map { value in
      func picture(_ numbers: [Float]) -> PNGImage {
        PNGImage(
          width: images.size.width, height: images.size.height, planes: training.normalization.restored(numbers),
          channels: images.channels == 3 ? 3 : 1, black: isGray ? 1 : 0, white: isGray ? 0 : 1)
      }
      return Reconstruction(input: picture(value.targets), output: picture(value.outputs))
    }
  }
}
