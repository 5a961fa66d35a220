import KobaiPreconditions

/// Shows a training on one page: its result, its course, and what the network gets wrong. The page is a single file that
/// needs nothing else, with pictures inside and no scripts. Sections without data are left out.
public struct TrainingReport: Sendable {
  /// The result of the training. Numbers that are nil are left out.
  public struct Summary: Sendable {
    /// The values of the report's metrics for the test samples.
    public var testMetrics: MetricValues
    /// The seconds of training.
    public var seconds: Double?
    /// The number of samples trained on in a second.
    public var samplesPerSecond: Double?
    /// The number of trained elements.
    public var parameters: Int?

    /// Nothing is known unless given.
    public init(
      testMetrics: MetricValues = [:], seconds: Double? = nil, samplesPerSecond: Double? = nil, parameters: Int? = nil
    ) {
      (self.testMetrics, self.seconds) = (testMetrics, seconds)
      (self.samplesPerSecond, self.parameters) = (samplesPerSecond, parameters)
    }
  }

  /// A row of the model's table.
  public struct Layer: Sendable {
    /// The layer's name in the network.
    public var name: String
    /// What it is, such as "Conv2D 30 @ 5×5".
    public var description: String
    /// The shape of its output.
    public var output: String
    /// The number of its trained elements.
    public var parameters: Int

    /// A layer by its row.
    public init(name: String, description: String, output: String, parameters: Int) {
      (self.name, self.description, self.output, self.parameters) = (name, description, output, parameters)
    }
  }

  /// The predictions of the network for the test samples, class by class.
  public struct Confusion: Sendable {
    /// The names of the classes.
    public var classNames: [String]
    /// The number of each prediction for each label.
    public var matrix: ConfusionMatrix

    /// A matrix of as many classes as there are names.
    public init(classNames: [String], _ matrix: ConfusionMatrix) {
      require(
        classNames.count == matrix.classes,
        "\(classNames.count) names for a confusion matrix of \(matrix.classes) classes")
      (self.classNames, self.matrix) = (classNames, matrix)
    }
  }

  /// An image that the network gets wrong.
  public struct Mistake: Sendable {
    /// The image.
    public var picture: PNGImage
    /// The name of the class that it belongs to.
    public var label: String
    /// The name of the predicted class.
    public var prediction: String
    /// The probability that the network gave its prediction, 0 ... 1.
    public var probability: Double

    /// A mistake with all that is known of it.
    public init(picture: PNGImage, label: String, prediction: String, probability: Double) {
      (self.picture, self.label, self.prediction, self.probability) = (picture, label, prediction, probability)
    }
  }

  /// How well the network does on each label of several.
  public struct LabelTable: Sendable {
    /// The names of the labels.
    public var labels: [String]
    /// How many samples have each label; nil where nobody has counted.
    public var counts: [Int]?
    /// What was measured, with a value for each label; one that is not a number is left out.
    public var columns: [(name: String, values: [Double])]

    /// A table with a row for each label and a column for each metric.
    public init(labels: [String], counts: [Int]? = nil, columns: [(name: String, values: [Double])]) {
      require(counts?.count ?? labels.count == labels.count, "\(counts?.count ?? 0) counts for \(labels.count) labels")
      require(
        columns.allSatisfy { $0.values.count == labels.count },
        "columns of \(columns.map(\.values.count)) values for \(labels.count) labels")
      (self.labels, self.counts, self.columns) = (labels, counts, columns)
    }
  }

  /// What the network computes for a column of numbers, beside what is true.
  public struct Scatter: Sendable {
    /// The name of the column.
    public var name: String
    /// The true values.
    public var actual: [Double]
    /// As many predictions.
    public var predicted: [Double]

    /// As many predictions as true values, a point each.
    public init(_ name: String, actual: [Double], predicted: [Double]) {
      require(
        actual.count == predicted.count, "\(predicted.count) predictions for \(actual.count) values of \(name)")
      (self.name, self.actual, self.predicted) = (name, actual, predicted)
    }

    /// R² of the predictions: 1 − their squared errors / the true values' squared distances from their mean; nil where these are
    /// all the same, or something is no number.
    public var r2: Double? {
      let mean = actual.reduce(0, +) / Double(actual.count)
      let spread = actual.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      let errors = zip(actual, predicted).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      let value = 1 - errors / spread
      return spread > 0 && value.isFinite ? value : nil
    }
  }

  /// An input, and what the network makes of it.
  public struct Reconstruction: Sendable {
    /// The input.
    public var input: PNGImage
    /// The network's output.
    public var output: PNGImage

    /// A pair of pictures.
    public init(input: PNGImage, output: PNGImage) { (self.input, self.output) = (input, output) }
  }

  /// The heading of the page.
  public var title: String
  /// The date of the training, as it is to be shown.
  public var date: String
  /// The result of the training.
  public var summary = Summary()
  /// What was measured besides the loss. The curve of the first one is drawn.
  public var metrics: [any Metric] = [Accuracy()]
  /// What the samples are called, more than one of them.
  public var sampleName = "samples"
  /// The options of the training by name.
  public var options: [(name: String, value: String)] = []
  /// The machine that it ran on: names and values.
  public var machine: [(name: String, value: String)] = []
  /// The epochs in order.
  public var epochs: [EpochRecord] = []
  /// The learning rate of each step.
  public var learningRates: [Double] = []
  /// The confusion matrix; nil leaves it out.
  public var confusion: Confusion?
  /// The values of each label; nil leaves them out.
  public var labelTable: LabelTable?
  /// True values and predictions, a picture for each column.
  public var scatters: [Scatter] = []
  /// As many inputs with their outputs as are to be shown.
  public var reconstructions: [Reconstruction] = []
  /// The model's table, from input to output.
  public var layers: [Layer] = []
  /// The first layer's filters.
  public var filters: [PNGImage] = []
  /// As many of the mistakes as are to be shown.
  public var mistakes: [Mistake] = []

  /// A report that holds nothing yet.
  public init(title: String, date: String) { (self.title, self.date) = (title, date) }

  /// The page as an HTML document, which is well-formed XML as well.
  public var html: String {
    """
    <!DOCTYPE html>
    <html xmlns="http://www.w3.org/1999/xhtml" lang="en">
    <head>
    <meta charset="utf-8"/>
    <meta http-equiv="Content-Security-Policy" content="\(Self.policy)"/>
    <meta name="viewport" content="width=device-width, initial-scale=1"/>
    <title>\(xmlEscaped(title))</title>
    <style>
    \(Self.style)
    </style>
    </head>
    <body>
    <header>
    <h1>\(xmlEscaped(title))</h1>
    <p>\(xmlEscaped(date))</p>
    </header>
    <main>
    \(sections.map(\.html).joined(separator: "\n"))
    </main>
    </body>
    </html>

    """
  }

  /// A part of the page under its own heading.
  struct Section {
    let title: String
    /// The contents, as HTML.
    let body: String

    /// Nil where there is no body.
    init?(_ title: String, _ body: String) {
      guard !body.isEmpty else { return nil }
      (self.title, self.body) = (title, body)
    }

    var html: String { "<section>\n<h2>\(xmlEscaped(title))</h2>\n\(body)\n</section>" }
  }

  private var sections: [Section] {
    [
      Section("Result", summaryHTML), Section("Training", curves),
      Section("Confusion matrix", confusion?.html ?? ""), Section("Labels", labelsHTML),
      Section("Predicted and true values", scattersHTML), Section("Reconstructions", reconstructionsHTML),
      Section("Misclassified images", mistakesHTML),
      Section("Filters of the first layer", filtersHTML), Section("Model", layersHTML),
      Section("Options", Self.table(options, "What was asked for")),
      Section("Machine", Self.table(machine, "What it ran on")),
    ].compactMap(\.self)
  }
}
