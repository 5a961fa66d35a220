import ArgumentParser
import Foundation
import Kobai
import KobaiCommand
import KobaiData
import KobaiFiles
import KobaiInference
import KobaiReport
import KobaiTraining
import Rainbow

struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval",
    abstract: "Tests saved weights: loss, accuracy and confusion matrix, or what the task has instead.",
    discussion: """
      Data are those that training takes, in files of the same kinds: rows of a CSV file become inputs as those did that the \
      network was trained on. Where that training set a share of the same data aside, it is tested on that alone; on all of \
      other data without samples to test with.

      The outputs of several networks, and those for an image and its shifts or its mirror image, can be averaged.
      """)

  @OptionGroup var weights: WeightsOptions
  @Option(
    help: ArgumentHelp(
      "Weights of another network, whose outputs are averaged with those of --weights. May be given several times.",
      valueName: "file"), transform: expandingTilde)
  var ensemble: [String] = []
  @Option(
    parsing: .unconditional,
    help: "Average over each image and its shifts by so many pixels in all eight directions (test-time augmentation).")
  var ttaShift = 0
  @Flag(help: "Average over each image and its mirror image (test-time augmentation).")
  var ttaFlip = false
  @Option(
    help:
      "What to test on: auto (cached or fetched MNIST, else embedded), embedded, or the path of data. (default: auto)",
    transform: expandingTilde)
  var data = "auto"
  @Option(help: "\(orientationHelp)")
  var orientation = StoredOrientation.auto
  @Flag(help: "Leave out pictures that cannot be read.")
  var skipUnreadable = false
  @Option(
    help: ArgumentHelp("Write the weights to another file, as Kobai saves them.", valueName: "file"),
    transform: expandingTilde)
  var save: String?
  @OptionGroup var machine: MachineOptions
  @Option(help: "\(precisionHelp)")
  var precision = Precision.highest
  @Flag(help: "Print the accuracy alone.")
  var quiet = false

  func validate() throws {
    try require(ttaShift >= 0, "--tta-shift \(ttaShift): it must not be negative")
    try require(
      save == nil || ensemble.isEmpty,
      "--save and --ensemble exclude each other: one file has the weights of one network")
  }

  func run() throws {
    let console = Console(quiet: quiet)
    if let save { _ = try AtomicFile(save) }
    let saved = try weights.load()
    if saved.card.encoding != nil, data == "auto" || data == "embedded" {
      throw ValidationError("--data \(data): the network of \(weights.weights) takes rows of a table; name a CSV file")
    }
    let kernels = try machine.kernels(precision)
    let network = try weights.network(saved, batch: 100, kernels: kernels)
    let others = try ensemble.map { try member($0, beside: saved, kernels) }
    for network in [network] + others { try network.freeze() }
    var options = saved.dataOptions
    (options.orientation, options.pictures.skipsUnreadable) = (orientation, skipUnreadable)
    let data = try saved.matched(loadData(self.data, options, console), path: weights.weights)
    let inputs = Shape(data.test.inputShape)
    guard inputs == network.input else {
      throw Failure(
        "\(weights.weights): its network takes \(network.input.rank == 3 && data.images != nil ? "images" : "inputs") of \(network.input), but those of "
          + "\(data.name) are \(inputs)")
    }
    let views = try views(of: data, saved)
    console.field("data", "\(data.name): \(data.test.count.grouped) test \(data.sampleName)")
    console.field(
      "weights", "\(weights.weights): \(saved.title), \(network.parameters.count.grouped) parameters")
    if !ensemble.isEmpty { console.field("ensemble", "with \(ensemble.listed)") }
    if views.count > 1 { console.field("views", "\(views.count) of each image") }
    for notice in network.kernels.notices(wanted: precision) { console.line(notice.yellow) }
    let evaluation = try Evaluator(ensemble: [network] + others, task: saved.task).evaluate(views: views)
    console.line()
    printResult(evaluation, saved.task.metrics, console)
    console.line()
    if let confusion = evaluation.confusion {
      for line in table(of: confusion, saved.classNames, columns: Terminal.columns) { console.line(line) }
    }
    if let save {
      try network.save(to: save, metadata: saved.metadata)
      console.line()
      console.field("weights", "saved to \(save)")
    }
    console.field("sha256", network.weightsSHA256)
  }

  /// Another network of the ensemble, which takes the same inputs as the first and has the same outputs.
  private func member(_ path: String, beside first: SavedModel, _ kernels: Kernels) throws -> Network {
    var options = weights
    options.weights = path
    let saved = try options.load()
    let differences = [
      saved.card.encoding == first.card.encoding ? nil : "takes other columns of a table, or other categories",
      saved.input == first.input ? nil : "takes \(saved.input), not \(first.input)",
      saved.task == first.task ? nil : "does a \(saved.task), not a \(first.task)",
      saved.normalization == first.normalization ? nil : "was trained on inputs that were normalised otherwise",
      saved.classNames == first.classNames ? nil : "has other classes",
      saved.orientation == first.orientation ? nil : "was trained on images that stood otherwise",
    ]
    if let difference = differences.compactMap(\.self).first {
      throw Failure("--ensemble \(path): its network \(difference), unlike that of \(weights.weights)")
    }
    return try options.network(saved, batch: 100, kernels: kernels)
  }

  /// The test samples, as often as the outputs are averaged over.
  private func views(of data: TrainingData, _ saved: SavedModel) throws -> [Batches] {
    try require(
      data.images != nil || (ttaShift == 0 && !ttaFlip),
      "--tta-\(ttaFlip ? "flip" : "shift"): the samples of \(data.name) are no images")
    return Batches.views(
      data.test, batchSize: 100, shift: ttaShift, flipped: ttaFlip, normalization: saved.normalization)
  }
}

/// Prints "test accuracy 98.40 % (984 of 1,000), loss 0.0493": the first metric with what else is counted, and the loss. The
/// others follow on lines of their own.
func printResult(_ evaluation: Evaluation, _ metrics: [any Metric], _ console: Console) {
  func text(_ metric: any Metric) -> String {
    "test \(metric.name) \(evaluation.metrics[metric.name].map(metric.text) ?? "unknown")"
  }
  let counts = evaluation.confusion.map { " (\($0.correct.grouped) of \($0.total.grouped))" } ?? ""
  let loss = "loss \(String(format: "%.4f", evaluation.loss))"
  console.result(
    metrics.first.map { text($0).bold + "\($0 is Accuracy ? counts : ""), \(loss)" } ?? "test \(loss)".bold)
  for metric in metrics.dropFirst() { console.line(text(metric)) }
}
