import KobaiData

extension Model {
  /// What a model makes of one input.
  public struct Prediction: Sendable, Equatable {
    /// A class or a label, and how probable it is.
    public struct RankedClass: Sendable, Equatable {
      /// Its place among the outputs.
      public let label: Int
      /// What it is called.
      public let name: String
      /// Its probability, 0 ... 1: of one class among all, or of a label by itself.
      public let probability: Float
    }

    /// The outputs: a probability for each class or label, or the numbers of a regression or reconstruction.
    public let values: [Float]
    /// The classes or labels, the most probable first; empty for other tasks.
    public let ranking: [RankedClass]

    init(_ values: [Float], _ names: ClassNames?) {
      self.values = values
      ranking =
        names.map { names in
          values.indices.sorted { (values[$1], $0) < (values[$0], $1) }.map {
            RankedClass(label: $0, name: names[$0], probability: values[$0])
          }
        } ?? []
    }

    /// The most probable class; nil where there are no classes.
    public var best: RankedClass? { ranking.first }
  }
}
