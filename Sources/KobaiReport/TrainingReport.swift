import KobaiPreconditions

/// Shows a training on one page: its result, its course, and what the network gets wrong. The page is a single file that
/// needs nothing else, with pictures inside and no scripts. Sections without data are left out.
public struct TrainingReport: Sendable {
  /// The result of the training. Numbers that are nil are left out.
  public struct Summary: Sendable {
    /// The share of correct predictions for the test images, 0 ... 1.
    public var testAccuracy: Double?
    /// The seconds of training.
    public var seconds: Double?
    /// The number of images trained on in a second.
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

  /// The predictions of the network for the test images, class by class.
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

  /// The heading of the page.
  public var title: String
  /// The date of the training, as it is to be shown.
  public var date: String
  /// The result of the training.
  public var summary = Summary()
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
