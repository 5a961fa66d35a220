import KobaiPreconditions

/// A training on one page: what it came to, how it went, and what the network gets wrong. The page is a single file that
/// needs nothing else, with pictures inside and no scripts. Sections without data are left out.
public struct TrainingReport: Sendable {
  /// What it came to. Numbers that are nil are left out.
  public struct Summary: Sendable {
    /// A share of 1.
    public var testAccuracy: Double?
    /// Seconds of training.
    public var seconds: Double?
    /// Images trained on in a second.
    public var imagesPerSecond: Double?
    /// The number of trained values.
    public var parameters: Int?

    /// Nothing is known unless given.
    public init(
      testAccuracy: Double? = nil, seconds: Double? = nil, imagesPerSecond: Double? = nil, parameters: Int? = nil
    ) {
      (self.testAccuracy, self.seconds) = (testAccuracy, seconds)
      (self.imagesPerSecond, self.parameters) = (imagesPerSecond, parameters)
    }
  }

  /// One epoch. Accuracies are shares of 1.
  public struct Epoch: Sendable {
    /// From 1 on.
    public var number: Int
    /// The mean over the images that it was trained on.
    public var trainLoss: Double
    /// The share of them that was answered rightly.
    public var trainAccuracy: Double
    /// On the images that it was not trained on.
    public var loss: Double?
    /// The share of those that was answered rightly.
    public var accuracy: Double?
    /// Images trained on in a second.
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
    /// The number of its trained values.
    public var parameters: Int

    /// A layer by its row.
    public init(name: String, description: String, output: String, parameters: Int) {
      (self.name, self.description, self.output, self.parameters) = (name, description, output, parameters)
    }
  }

  /// How often each class was taken for each other.
  public struct Confusion: Sendable {
    /// The names of the classes.
    public var classes: [String]
    /// A row for each right class, with the number of each answer.
    public var counts: [[Int]]

    /// As many rows as classes, each with as many counts.
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
    /// The name of the right class.
    public var label: String
    /// The name of the class that it was taken for.
    public var answer: String
    /// What the network gave its answer, 0 ... 1.
    public var probability: Double

    /// A mistake with all that is known of it.
    public init(picture: PNGImage, label: String, answer: String, probability: Double) {
      (self.picture, self.label, self.answer, self.probability) = (picture, label, answer, probability)
    }
  }

  /// What stands above everything.
  public var title: String
  /// When it was, as it is to stand there.
  public var date: String
  /// What the training came to.
  public var summary = Summary()
  /// What the training was asked to do: names and values.
  public var options: [(name: String, value: String)] = []
  /// What it ran on: names and values.
  public var machine: [(name: String, value: String)] = []
  /// In order.
  public var epochs: [Epoch] = []
  /// What ``Epoch/loss`` and ``Epoch/accuracy`` were measured on: "test" or "validation".
  public var evaluationName = "test"
  /// The learning rate of each step.
  public var learningRates: [Double] = []
  /// What was taken for what; nil leaves it out.
  public var confusion: Confusion?
  /// The model's table, from input to output.
  public var layers: [Layer] = []
  /// The first layer's filters.
  public var filters: [PNGImage] = []
  /// As many as are to be shown.
  public var mistakes: [Mistake] = []

  /// A report that holds nothing yet.
  public init(title: String, date: String) { (self.title, self.date) = (title, date) }

  /// The page, which is well-formed XML as well.
  public var html: String {
    """
    <!DOCTYPE html>
    <html xmlns="http://www.w3.org/1999/xhtml" lang="en">
    <head>
    <meta charset="utf-8"/>
    <meta name="viewport" content="width=device-width, initial-scale=1"/>
    <title>\(SVG.escaped(title))</title>
    <style>
    \(Self.style)
    </style>
    </head>
    <body>
    <header>
    <h1>\(SVG.escaped(title))</h1>
    <p>\(SVG.escaped(date))</p>
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
    /// HTML.
    let body: String

    /// Nil where there is no body.
    init?(_ title: String, _ body: String) {
      guard !body.isEmpty else { return nil }
      (self.title, self.body) = (title, body)
    }

    var html: String { "<section>\n<h2>\(SVG.escaped(title))</h2>\n\(body)\n</section>" }
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
