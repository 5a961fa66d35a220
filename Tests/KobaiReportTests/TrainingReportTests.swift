import Foundation
import TestSupport
import Testing

@testable import KobaiReport

@Suite("The report of a training")
struct TrainingReportTests {
  /// A report with every section.
  private var whole: TrainingReport {
    var report = TrainingReport(title: "SimpleConvNet on digits", date: "2026-11-22 09:30")
    report.summary = .init(
      testMetrics: ["accuracy": 0.984], seconds: 7.04, samplesPerSecond: 22_857.3, parameters: 433_890)
    report.sampleName = "images"
    report.options = [("optimizer", "adam"), ("epochs", "12")]
    report.machine = [("processor", "avx512"), ("threads", "2")]
    report.epochs = (1...12).map { number -> EpochRecord in
      let n = Double(number)
      return EpochRecord(
        number: number, trainLoss: 2 / n, trainMetrics: ["accuracy": 1 - 0.5 / n],
        evaluation: .init(on: .test, loss: 1.8 / n, metrics: ["accuracy": 1 - 0.4 / n]), seconds: 1,
        samples: 20_000 + 100 * number)
    }
    report.learningRates = (0..<2_000).map { 0.003 * (1 - Double($0) / 2_000) }
    report.confusion = .init(
      classNames: ["0", "1", "2"], ConfusionMatrix(counts: [[90, 0, 10], [0, 1_200, 0], [5, 0, 45]]))
    report.layers = [
      .init(name: "conv1", description: "Conv2D 30 @ 5×5", output: "30×24×24", parameters: 780),
      .init(name: "relu1", description: "ReLU", output: "30×24×24", parameters: 0),
      .init(name: "affine1", description: "Affine 100", output: "100", parameters: 432_100),
    ]
    report.filters = (0..<4).map { i in PNGImage(width: 5, height: 5, gray: (0..<25).map { UInt8($0 * i) }) }
    report.mistakes = [("4", "9", 0.873), ("7", "1", 0.5)].map {
      .init(picture: PNGImage(width: 2, height: 1, gray: [0, 255]), label: $0, prediction: $1, probability: $2)
    }
    return report
  }

  @Test("is one well-formed page with every section, in order")
  func sections() throws {
    let page = try PageDocument(whole.html)
    #expect(page.texts("title").first == "SimpleConvNet on digits" && page.texts("h1") == ["SimpleConvNet on digits"])
    #expect(
      page.texts("h2") == [
        "Result", "Training", "Confusion matrix", "Misclassified images", "Filters of the first layer", "Model",
        "Options", "Machine",
      ])
    #expect(page.texts("dd") == ["98.40 %", "7.0 s", "22,857", "433,890"])
    let words = page.elements[0].text
    for word in ["2026-11-22 09:30", "adam", "avx512", "Conv2D 30 @ 5×5", "432,880"] { #expect(words.contains(word)) }
  }

  @Test("shows the curves with a description each")
  func curves() throws {
    let page = try PageDocument(whole.html)
    let pictures = page.all("svg")
    #expect(pictures.count == 4 && pictures.allSatisfy { $0.attributes["role"] == "img" })
    #expect(
      page.texts("title") == [
        "SimpleConvNet on digits",
        "Loss by epoch: train from 2.0000 to 0.1667, test from 1.8000 to 0.1500",
        "Accuracy (%) by epoch: train from 50.00 % to 95.83 %, test from 60.00 % to 96.67 %",
        "Learning rate over 2,000 steps: at most 0.003, 1.5e-06 at the end",
        "Images per second by epoch: from 20,100 to 21,200",
      ])
    let axis = pictures[1].text  // whose curves reach from 50 to 96.67 %
    #expect(axis.contains("80") && !axis.contains("0.8"), "\(axis)")
    let lines = page.all("polyline")
    #expect(
      lines.map { $0.attributes["data-series"] } == ["train", "test", "train", "test", "learning rate", "images/s"])
    let points = lines.map { $0.attributes["points"]?.split(separator: " ").count }
    #expect(points == [12, 12, 12, 12, 501, 12], "of 2,000 steps every fourth, and the last")
  }

  @Test("counts predictions, recall and precision in the confusion matrix")
  func confusion() throws {
    let page = try PageDocument(whole.html)
    #expect(
      page.all(class: "share").map(\.text) == ["90.0 %", "100.0 %", "90.0 %", "94.7 %", "100.0 %", "81.8 %", "98.9 %"])
    #expect(page.texts("caption").first?.hasSuffix("1,335 of 1,350 are correct") == true)
    let colored = page.all("td").filter { $0.attributes["style"] != nil }
    #expect(colored.map(\.text) == ["90", "10", "1,200", "5", "45"])
    #expect(colored[1].attributes["style"] == "background-color: rgba(238, 102, 119, 0.60)")
    #expect(colored[2].attributes["style"] == "background-color: rgba(68, 119, 170, 0.75)")
    var never = whole
    never.confusion = .init(classNames: ["a", "b"], ConfusionMatrix(counts: [[3, 0], [0, 0]]))
    #expect(
      try PageDocument(never.html).all(class: "share").map(\.text) == ["100.0 %", "–", "100.0 %", "–", "100.0 %"])
  }

  @Test("has words for every picture and heads for every row and column")
  func accessible() throws {
    let page = try PageDocument(whole.html)
    #expect(page.elements[0].attributes["lang"] == "en")
    #expect(
      page.all("img").map { $0.attributes["alt"] } == [
        "4 predicted as 9", "7 predicted as 1", "filter 1 of 4", "filter 2 of 4", "filter 3 of 4", "filter 4 of 4",
      ])
    #expect(page.texts("figcaption") == ["4 as 987.3 %", "7 as 150.0 %"])  // with a line break between
    #expect(page.all("th").allSatisfy { ["row", "col"].contains($0.attributes["scope"]) })
    #expect(page.all("table").count == 4 && page.all("caption").count == 4)
    #expect(page.elements[0].text.contains("2 of 15: the label"))
  }

  @Test("needs nothing from elsewhere")
  func selfContained() throws {
    let page = try PageDocument(whole.html)
    #expect(page.all("script").isEmpty && page.all("link").isEmpty)
    for element in page.elements {
      for (name, value) in element.attributes where name != "xmlns" {
        #expect(!value.contains("http") && !value.contains("//") || value.hasPrefix("data:image/png;base64,"))
      }
    }
    #expect(!page.texts("style").joined().contains("url("))
    let ids = page.elements.compactMap { $0.attributes["id"] }
    #expect(ids.count == 4 && Set(ids).count == 4)
    for case let clip? in page.elements.map({ $0.attributes["clip-path"] }) {
      #expect(ids.contains { clip == "url(#\($0))" })
    }
  }

  @Test("leaves out what there is no data for")
  func partial() throws {
    let empty = try PageDocument(TrainingReport(title: "nothing", date: "").html)
    #expect(empty.all("section").isEmpty && empty.texts("h1") == ["nothing"])
    var report = TrainingReport(title: "one epoch", date: "")
    report.epochs = [.init(number: 1, trainLoss: .nan, trainMetrics: ["accuracy": 0.1])]
    (report.summary.parameters, report.summary.samplesPerSecond, report.learningRates) = (10, .infinity, [.nan])
    let page = try PageDocument(report.html)
    #expect(page.texts("h2") == ["Result", "Training"] && page.texts("dt") == ["Parameters"])
    #expect(page.all("svg").count == 2)
  }

  @Test(
    "escapes words that are not XML, also where a scalar before the mark makes one Character with it",
    arguments: ["<b> & \"c\" 'd'", "\u{600}<img src=x onerror=alert(1)>\u{600}&\u{600}\"\u{70f}>"])
  func escaping(_ odd: String) throws {
    var report = whole
    (report.title, report.date) = (odd, odd)
    report.options = [(odd, odd)]
    report.confusion = .init(classNames: [odd], ConfusionMatrix(counts: [[1]]))
    report.layers[0] = .init(name: odd, description: odd, output: odd, parameters: 1)
    report.mistakes[0].label = odd
    report.labelTable = .init(labels: [odd], counts: [1], columns: [(odd, [0.5])])
    let page = try PageDocument(report.html)
    #expect(page.texts("h1") == [odd] && page.texts("header")[0].contains(odd))
    // An option, a class as row and column, a layer, a label and a column of its table; an option's value, a layer's kind and output.
    #expect(page.texts("th").count { $0 == odd } == 6 && page.texts("td").count { $0 == odd } == 3)
    #expect(page.all("img")[0].attributes["alt"] == "\(odd) predicted as 9")
  }

  @Test("what is no XML is no page", arguments: ["<p>a < b</p>", "<p><b></p>", "<p/>more", "<img src=x/>", "<p>&</p>"])
  func malformed(_ page: String) {
    #expect(throws: PageDocument.Malformed.self) { try PageDocument(page) }
    let picture = "<svg xmlns=\"http://www.w3.org/2000/svg\">"
    #expect(throws: SVGDocument.Malformed.self) { try SVGDocument("\(picture)\(page)</g></svg>") }
  }

  @Test("a browser may neither run nor load anything for it")
  func policy() throws {
    let meta = try PageDocument(whole.html).all("meta").first { $0.attributes["http-equiv"] != nil }
    #expect(meta?.attributes["http-equiv"] == "Content-Security-Policy")
    #expect(meta?.attributes["content"] == "default-src 'none'; img-src data:; style-src 'unsafe-inline'")
    #expect(!whole.html.contains("<script"))
  }

  /// A report of a task without classes, with all that there is for any.
  private var numbers: TrainingReport {
    var report = TrainingReport(title: "Regression", date: "")
    report.metrics = [RMSE(), R2Score()]
    report.epochs = (1...3).map { number in
      EpochRecord(
        number: number, trainLoss: 1 / Double(number), trainMetrics: ["RMSE": 2 / Double(number), "R²": .nan],
        evaluation: .init(on: .validation, loss: 1, metrics: ["RMSE": 0.5, "R²": 0.9]), samples: 10)
    }
    report.summary.testMetrics = ["RMSE": 0.25, "R²": 0.875]
    report.labelTable = .init(
      labels: ["cat", "dog"], counts: [1200, 30], columns: [("F1", [0.5, 1]), ("AUC", [0.75, .nan])])
    report.scatters = [
      .init("height", actual: [1, 2, 3], predicted: [1.1, 2, 2.5]), .init("none", actual: [], predicted: []),
    ]
    let picture = PNGImage(width: 2, height: 1, gray: [0, 255])
    report.reconstructions = [.init(input: picture, output: picture)]
    return report
  }

  @Test("follows the metrics: their values, the first one's curve, labels, scatter and reconstructions")
  func tasks() throws {
    let page = try PageDocument(numbers.html)
    #expect(page.texts("h2") == ["Result", "Training", "Labels", "Predicted and true values", "Reconstructions"])
    #expect(page.texts("dt") == ["Test RMSE", "Test R²"] && page.texts("dd") == ["0.2500", "0.8750"])
    var unknown = numbers
    unknown.summary.testMetrics["R²"] = .nan
    #expect(try PageDocument(unknown.html).texts("dt") == ["Test RMSE"])
    #expect(
      page.texts("title").dropFirst() == [
        "Loss by epoch: train from 1.0000 to 0.3333, validation from 1.0000 to 1.0000",
        "RMSE by epoch: train from 2.0000 to 0.6667, validation from 0.5000 to 0.5000",
        "height: 3 predictions over their true values",
      ])
    #expect(
      page.all(class: "number").map(\.text) == [
        "samples", "F1", "AUC", "1,200", "0.5000", "0.7500", "30", "1.0000", "–",
      ])
    #expect(page.all("img").map { $0.attributes["alt"] } == ["input 1", "reconstruction 1"])
    let ids = page.elements.compactMap { $0.attributes["id"] }
    #expect(ids.count == 3 && Set(ids).count == 3)
  }

  @Test("a scatter says its R², and draws not more points than can be seen") func scatters() throws {
    #expect(abs(try #require(numbers.scatters[0].r2) - 0.87) < 1e-12 && numbers.scatters[1].r2 == nil)
    #expect(TrainingReport.Scatter("flat", actual: [2, 2], predicted: [1, 2]).r2 == nil)
    var report = numbers
    #expect(try PageDocument(report.html).all("text").contains { $0.text == "height: R² 0.8700" })
    let many = (0..<5_000).map(Double.init)
    report.scatters = [.init("many", actual: many, predicted: many)]
    let page = try PageDocument(report.html)
    #expect(
      report.scattersHTML.components(separatedBy: "<circle").count == 1 + 1667
        && page.all("text").contains { $0.text == "many: R² 1.0000" })
    #expect(page.texts("title").contains("many: 5,000 predictions over their true values"))
  }

  /// A hundred classes, each predicted as the next one now and then.
  private var hundred: TrainingReport.Confusion {
    var matrix = ConfusionMatrix(classes: 100)
    for label in 0..<100 {
      for _ in 0..<90 { matrix.count(label: label, prediction: label) }
      for _ in 0..<label { matrix.count(label: label, prediction: (label + 1) % 100) }
    }
    return .init(classNames: (0..<100).map { "class \($0)" }, matrix)
  }

  @Test(
    "a confusion matrix of a hundred classes is a picture with words for each square, and the worst pairs in a table")
  func manyClasses() throws {
    var report = TrainingReport(title: "many", date: "")
    report.confusion = hundred
    let page = try PageDocument(report.html)
    #expect(page.all(class: "confusion").isEmpty && page.all("svg").count == 1)
    let titles = page.texts("title")
    #expect(titles[1] == "Confusion matrix of 100 classes: 9,000 of 13,950 are correct")
    #expect(titles.count == 2 + 199 && titles.contains("class 7 as class 8: 7 of 97"))
    #expect(page.all("text").count { $0.text == "class 42" } == 2, "a row and a column")
    let rows = page.all("tr").map(\.text)
    #expect(rows.count == 21 && rows[1] == "99class 99class 047.6 %" && rows[2].hasPrefix("98class 98class 99"))
    let svg = try SVGDocument(
      "<svg" + report.html.components(separatedBy: "<svg")[1].components(separatedBy: "</div>")[0])
    #expect(svg.collisions == [] && svg.clipped == [])
    report.confusion = .init(classNames: (0..<31).map(String.init), ConfusionMatrix(classes: 31))
    #expect(try PageDocument(report.html).all("section").isEmpty, "nothing was predicted")
  }

  @Test("words in the curves stand apart and inside")
  func layout() throws {
    let pictures = whole.curves + numbers.curves + numbers.scattersHTML
    for picture in pictures.components(separatedBy: "<svg").dropFirst() {
      let svg = try SVGDocument("<svg" + picture.components(separatedBy: "</div>")[0])
      #expect(svg.collisions == [] && svg.clipped == [])
    }
  }
}
