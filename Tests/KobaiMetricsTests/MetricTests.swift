import KobaiMetrics
import Testing

@Suite("Metrics, by hand")
struct MetricTests {
  // Four samples of three classes; labels 0, 1, 2, 2, predictions 0, 1, 1, 2.
  private let logits: [Float] = [3, 1, 0] + [0, 2, 1] + [0, 2, 1] + [1, 0, 4]
  private let classes: [Int32] = [0, 1, 2, 2]
  private let weights: [Float] = [1, 2, 3, 4]

  private func value(_ metric: some Metric, weighted: Bool = false) throws -> Double {
    try metric.value(logits, classes: classes, weights: weighted ? weights : nil, channels: 3)
  }

  @Test("accuracy: 3 of 4, or 7 of 10 by weight; among two, all") func accuracy() throws {
    #expect(try value(Accuracy()) == 0.75 && value(Accuracy(), weighted: true) == 0.7)
    #expect(try value(TopKAccuracy(2)) == 1 && value(TopKAccuracy(1)) == 0.75)
    #expect(try value(TopKAccuracy(1), weighted: true) == 0.7)
    #expect(try Accuracy().value([1, 1, 1], classes: [1], channels: 3) == 0, "of equal outputs the first is predicted")
    #expect(try Accuracy().value([1, 1, 0], classes: [0], channels: 3) == 1)
    #expect(try TopKAccuracy(2).value([1, 1, 1], classes: [1], channels: 3) == 1)
    #expect(try TopKAccuracy(2).value([1, 1, 1], classes: [2], channels: 3) == 0)
    #expect(
      try TopKAccuracy(2).value([.nan, .nan, .nan], classes: [0], channels: 3) == 0,
      "what is no number predicts nothing")
    #expect(try Accuracy().value([0.5, -1, 2], values: [1, 0, 0], channels: 3) == 2.0 / 3, "of labels each")
  }

  @Test("precision, recall and F1 of each class, their mean, and all together") func scores() throws {
    // Class 0: 1 of 1 and 1 of 1; class 1: 1 of 2 predicted, 1 of 1; class 2: 1 of 1 predicted, 1 of 2.
    #expect(try value(PrecisionScore()) == 2.5 / 3)
    #expect(try value(RecallScore()) == 2.5 / 3)
    #expect(abs(try value(F1Score()) - 7.0 / 9) < 1e-15)
    #expect(try value(F1Score(.micro)) == 0.75 && value(PrecisionScore(.micro)) == 0.75)
    #expect(try value(F1Score(.label(1))) == 2.0 / 3 && value(RecallScore(.label(2))) == 0.5)
    // By weight, class 2 has 4 of 4 predicted and 4 of 7.
    #expect(try value(RecallScore(.label(2)), weighted: true) == 4.0 / 7)
    #expect(try value(PrecisionScore(.label(1)), weighted: true) == 2.0 / 5)
    #expect(try F1Score().value([1, 0, 0], classes: [0], channels: 3) == 1, "classes that do not occur do not count")
    let labels = try F1Score().value([1, -1, 1, -1], values: [1, 0, 0, 0], channels: 2)
    #expect(labels == 1.0 / 3, "labels that do not occur count 0")
  }

  @Test("errors: differences 1, 0, −2 and 3") func errors() throws {
    let outputs: [Float] = [2, 2, 1, 7]
    let targets: [Float] = [1, 2, 3, 4]
    func value(_ metric: some Metric, _ weights: [Float]? = nil, channels: Int = 1) throws -> Double {
      try metric.value(outputs, values: targets, weights: weights, channels: channels)
    }
    #expect(try value(MSE()) == 3.5 && value(RMSE()) == 3.5.squareRoot() && value(MAE()) == 1.5)
    #expect(try value(MSE(), weights) == 4.9 && value(MAE(), weights) == 1.9)
    #expect(try value(R2Score()) == 1 - 14.0 / 5, "the targets' squared differences from 2.5 add up to 5")
    // By weight their mean is 3, and the squared differences 4 + 2 + 0 + 4.
    #expect(abs(try value(R2Score(), weights) + 3.9) < 1e-12)
    // Columns (2, 1 beside 1, 3) and (2, 7 beside 2, 4).
    #expect(abs(try value(R2Score(), channels: 2) + 2.5) < 1e-12)
    #expect(try R2Score().value([1, 2], values: [5, 5]) == 0 && R2Score().value([5, 5], values: [5, 5]) == 1)
    let far = try R2Score().value([1e6 + 1, 1e6 + 2, 1e6 + 4], values: [1e6 + 1, 1e6 + 2, 1e6 + 3])
    #expect(far == 0.5, "a large mean costs no digits")
  }

  @Test("AUC: the share of pairs in order, equal ones half") func auc() throws {
    // Positives 3 and 1, negatives 2, 1 and 0: 3 is above all three, 1 above one and beside one.
    let outputs: [Float] = [3, 1, 2, 1, 0]
    let targets: [Float] = [1, 1, 0, 0, 0]
    #expect(try ROCAUC().value(outputs, values: targets) == 0.75)
    // By weight: positives 1 and 2, negatives 3, 1 and 1.
    #expect(try ROCAUC().value(outputs, values: targets, weights: [1, 2, 3, 1, 1]) == 8.0 / 15)
    #expect(try ROCAUC().value(outputs, values: [1, 1, 1, 1, 1]).isNaN, "all have the label")
    #expect(try ROCAUC().value([3, .nan, 2, 1, 0], values: targets).isNaN, "an output is no number")
    let both = try ROCAUC().value([3, 5, 1, 6, 2, 7], values: [1, 1, 0, 1, 0, 1], channels: 2)
    #expect(both == 1, "a label that all have does not count")
    #expect(try ROCAUC().value([0, 1, 0, 3, 0, 2], classes: [0, 1, 0], channels: 2) == 1)
  }

  @Test("log loss: of half a probability, log 2") func logLoss() throws {
    let two = 0.6931471805599453
    let mixed = 250 + 0.75 * two
    #expect(abs(try LogLoss().value([1, 1], classes: [0], channels: 2) - two) < 1e-15)
    #expect(abs(try LogLoss().value([0, 0], values: [0, 1]) - two) < 1e-15)
    #expect(abs(try LogLoss().value([1000, 0], classes: [1], channels: 2) - 1000) < 1e-12)
    #expect(abs(try LogLoss().value([-1000, 0], values: [1, 1], weights: [1, 3]) - mixed) < 1e-9)
  }

  @Test("positions count each, and classes that are none are left out") func positions() throws {
    // Two classes at three positions: predictions 0, 1, 1.
    let outputs: [Float] = [2, 0, 0, 1, 1, 1]
    let labels: [Int32] = [0, 0, -100]
    func value(_ metric: some Metric) throws -> Double {
      var metric = metric
      try metric.start(MetricPass(samples: 1, channels: 2, positions: 3, hasClasses: true))
      metric.add(MetricBatch(channels: 2, positions: 3, outputs: outputs.span, classes: labels.span))
      return metric.value
    }
    #expect(try value(Accuracy()) == 0.5 && value(TopKAccuracy(2)) == 1 && value(RecallScore(.label(0))) == 0.5)
    #expect(try value(ROCAUC()).isNaN && value(LogLoss()) > 0)
    var confusion = ConfusionMatrix(classes: 2)
    confusion.add(MetricBatch(channels: 2, positions: 3, outputs: outputs.span, classes: labels.span))
    #expect(confusion == ConfusionMatrix(counts: [[1, 1], [0, 0]]))
  }

  @Test("nothing measured is not a number, and a pass forgets the one before", arguments: everyMetric)
  func passes(_ metric: any Metric) throws {
    var metric = metric
    let hasClasses = !(metric is MSE || metric is RMSE || metric is MAE || metric is R2Score)
    let pass = MetricPass(samples: 4, channels: 3, hasClasses: hasClasses)
    let targets = classes.map(Float.init).flatMap { [$0, $0 + 1, $0 - 1] }
    func add(_ samples: Range<Int>) {
      let outputs = logits.span.extracting(samples.lowerBound * 3..<samples.upperBound * 3)
      let weights = weights.span.extracting(samples)
      if hasClasses {
        let labels = classes.span.extracting(samples)
        metric.add(MetricBatch(channels: 3, outputs: outputs, classes: labels, weights: weights))
      } else {
        let values = targets.span.extracting(samples.lowerBound * 3..<samples.upperBound * 3)
        metric.add(MetricBatch(channels: 3, outputs: outputs, values: values, weights: weights))
      }
    }
    try metric.start(pass)
    #expect(metric.value.isNaN)
    add(0..<4)
    let whole = metric.value
    #expect(whole.isFinite)
    try metric.start(pass)
    add(0..<1)
    add(1..<4)
    #expect(metric.value == whole, "in batches it is the same")
    #expect(metric.isBetter(1, than: 0) == metric.higherIsBetter && !metric.isBetter(.nan, than: 0))
  }

  @Test("values as text: shares as percentages, numbers with four digits or as many as matter") func texts() {
    #expect(Accuracy().text(0.984) == "98.40 %" && TopKAccuracy().text(1) == "100.00 %")
    #expect(
      RMSE().text(0.04931) == "0.0493" && MSE().text(0.000412) == "0.000412" && MSE().text(1_234_567) == "1.23e+06")
    #expect(R2Score().text(-0.5) == "-0.5000" && ROCAUC().text(0) == "0.0000" && MAE().text(.nan).contains("nan"))
    #expect(F1Score().name == "macro F1" && F1Score(.label(2)).name == "F1 of label 2")
    let errors: [any Metric] = [MSE(), RMSE(), MAE(), LogLoss()]
    #expect(errors.allSatisfy { !$0.higherIsBetter })
  }

  @Test("classes that are confused most, in order") func mostConfused() {
    let confusion = ConfusionMatrix(counts: [[9, 2, 0], [3, 1, 2], [0, 0, 5]])
    let pairs = confusion.mostConfused(10).map { [$0.label, $0.prediction, $0.count] }
    #expect(pairs == [[1, 0, 3], [0, 1, 2], [1, 2, 2]])
    #expect(confusion.mostConfused(1).count == 1 && ConfusionMatrix(classes: 4).mostConfused(3).isEmpty)
  }
}

let everyMetric: [any Metric] = [
  Accuracy(), TopKAccuracy(2), MSE(), RMSE(), MAE(), R2Score(), F1Score(), F1Score(.micro), PrecisionScore(),
  RecallScore(.label(1)), ROCAUC(), LogLoss(),
]
