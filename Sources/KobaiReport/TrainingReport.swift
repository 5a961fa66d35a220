import KobaiPreconditions

/// A training on one page: its result, how it went, and what the network gets wrong. The page is a single file that
/// needs nothing else, with pictures inside and no scripts. Sections without data are left out.
public struct TrainingReport: Sendable {
  /// The result of the training. Values that are nil are left out.
  public struct Summary: Sendable {
    /// The share of the test images that are predicted correctly, 0 ... 1.
    public var testAccuracy: Double?
    /// The duration of the training, in seconds.
    public var seconds: Double?
    /// The throughput of the training, in images a second.
    public var imagesPerSecond: Double?
    /// The number of trained elements.
    public var parameters: Int?

    /// Nothing is known unless given.
    public init(
      testAccuracy: Double? = nil, seconds: Double? = nil, imagesPerSecond: Double? = nil, parameters: Int? = nil
    ) {
      (self.testAccuracy, self.seconds) = (testAccuracy, seconds)
      (self.imagesPerSecond, self.parameters) = (imagesPerSecond, parameters)
    }
  }

  /// One epoch. Accuracies are shares, 0 ... 1.
  public struct Epoch: Sendable {
    /// The epoch's number, from 1 on.
    public var number: Int
    /// The mean loss over the training images.
    public var trainLoss: Double
    /// The share of the training images that were predicted correctly.
    public var trainAccuracy: Double
    /// The mean loss over the images of the evaluation; nil where there was none.
    public var loss: Double?
    /// The share of the images of the evaluation that were predicted correctly; nil where there was none.
    public var accuracy: Double?
    /// The throughput of the epoch, in images a second.
    public var imagesPerSecond: Double?

    /// An epoch without an evaluation, unless one is given.
    public init(
      number: Int, trainLoss: Double, trainAccuracy: Double, loss: Double? = nil, accuracy: Double? = nil,
      imagesPerSecond: Double? = nil
    ) {
      (self.number, self.trainLoss, self.trainAccuracy) = (number, trainLoss, trainAccuracy)
      (self.loss, self.accuracy, self.imagesPerSecond) = (loss, accuracy, imagesPerSecond)
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

  /// The confusion matrix: how often each class was taken for each other.
  public struct Confusion: Sendable {
    /// The names of the classes.
    public var classes: [String]
    /// A row for each label, with the number of each prediction.
    public var counts: [[Int]]

    /// A matrix with as many rows as classes, each with as many counts.
    public init(classes: [String], counts: [[Int]]) {
      require(
        counts.count == classes.count && counts.allSatisfy { $0.count == classes.count },
        "the counts are not \(classes.count)×\(classes.count), as many as classes")
      (self.classes, self.counts) = (classes, counts)
    }
  }

  /// An image that the network gets wrong.
  public struct Mistake: Sendable {
    /// The image.
    public var picture: PNGImage
    /// The name of the image's class.
    public var label: String
    /// The name of the class that the network predicts.
    public var prediction: String
    /// The probability that the network gives its prediction, 0 ... 1.
    public var probability: Double

    /// A mistake with all that is known of it.
    public init(picture: PNGImage, label: String, prediction: String, probability: Double) {
      (self.picture, self.label, self.prediction, self.probability) = (picture, label, prediction, probability)
    }
  }

  /// The title of the page.
  public var title: String
  /// The date of the training, as the page is to show it.
  public var date: String
  /// The result of the training.
  public var summary = Summary()
  /// The options of the training: names and values.
  public var options: [(name: String, value: String)] = []
  /// The machine that the training ran on: names and values.
  public var machine: [(name: String, value: String)] = []
  /// The epochs in order.
  public var epochs: [Epoch] = []
  /// What ``Epoch/loss`` and ``Epoch/accuracy`` were measured on: "test" or "validation".
  public var evaluationName = "test"
  /// The learning rate of each step.
  public var learningRates: [Double] = []
  /// The confusion matrix; nil leaves it out.
  public var confusion: Confusion?
  /// The model's table, from input to output.
  public var layers: [Layer] = []
  /// The first layer's filters.
  public var filters: [PNGImage] = []
  /// The mistakes that the page shows.
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
      Section("Result", summary.html), Section("Training", curves),
      Section("Confusion matrix", confusion?.html ?? ""), Section("Misclassified images", mistakesHTML),
      Section("Filters of the first layer", filtersHTML), Section("Model", layersHTML),
      Section("Options", Self.table(options, "What was asked for")),
      Section("Machine", Self.table(machine, "What it ran on")),
    ].compactMap(\.self)
  }
}
