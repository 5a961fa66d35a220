import Foundation
import Kobai
import KobaiCommand
import KobaiData
import KobaiReport
import KobaiTraining
import Rainbow

/// All that a person sees of a training.
final class TrainingDisplay {
  let validates: Bool
  private let console: Console
  private let recipe: Recipe
  private let start = ContinuousClock.now
  private var images = 0
  private var firstStep: Int?
  private var smoothedLoss = Float.nan

  /// - Parameter validates: whether images are set aside; else the test images are looked at after each epoch.
  init(console: Console, recipe: Recipe, validates: Bool) {
    (self.console, self.recipe, self.validates) = (console, recipe, validates)
  }

  /// - Parameters:
  ///   - training: the images that are trained on.
  ///   - validation: how many are set aside.
  func describe(_ data: Dataset, _ network: Network, training: [Int32], validation: Int) {
    let kernels = network.kernels
    let quota = Processors.current.quota.map { " (the CPU quota is \(String(format: "%g", $0)))" } ?? ""
    let held = validation > 0 ? ", \(validation.grouped) of them to validate" : ""
    let names = data.classNames.areNumbers ? "" : " (\(data.classNames.names.listed))"
    console.field(
      "data",
      "\(data.name): \(data.train.count.grouped) images to train\(held), \(data.test.count.grouped) to test; "
        + "\(data.classes) classes\(names) of \(data.train.size)")
    if let notice = data.noticeOfUntrainedClasses(training) { console.line(notice.yellow) }
    console.field(
      "machine",
      "\(kernels.instructionSet.rawValue), \(kernels.threads) thread\(kernels.threads == 1 ? "" : "s")\(quota), "
        + "precision \(kernels.precision.rawValue)"
    )
    for notice in kernels.notices(wanted: recipe.precision) { console.line(notice.yellow) }
    let extras: [String?] = [
      recipe.images.map { "\($0.grouped) images" }, recipe.betas.map { "betas \($0)" },
      recipe.warmup > 0 ? "warm-up \(recipe.warmup) steps" : nil,
      recipe.weightDecay > 0 ? "weight decay \(recipe.weightDecay)" : nil,
      recipe.clipNorm.map { "norm at most \($0)" }, recipe.clipValue.map { "gradients within ±\($0)" },
      recipe.ema.map { "averaged by \($0)" },
      recipe.labelSmoothing > 0 ? "label smoothing \(recipe.labelSmoothing)" : nil,
      recipe.classWeights != nil ? "weighted classes" : nil, recipe.augments ? "augmented" : nil,
      "seed \(recipe.seed)",
    ]
    console.field(
      "training",
      "\(recipe.epochs) epoch\(recipe.epochs == 1 ? "" : "s") in batches of \(recipe.batchSize), \(recipe.optimizer.rawValue) \(recipe.learningRate) "
        + "\(recipe.schedule.rawValue), \(extras.compactMap(\.self).joined(separator: ", "))")
    console.line()
    for line in table(of: network, columns: Terminal.columns) { console.line(line) }
    console.line()
  }

  /// Where a training goes on, and what more epochs than planned mean for it.
  ///
  /// - Parameter planned: what the checkpoint was made with.
  func describe(_ checkpoint: Checkpoint, of planned: Recipe) {
    console.line("going on from \(checkpoint.path), after \(checkpoint.progress.step.grouped) steps".yellow)
    if recipe.epochs > planned.epochs && recipe.schedule.schedule.dependsOnLength {
      console.line(
        ("the \(recipe.schedule.rawValue) rate depends on the number of epochs: from here on it is that of a training of "
          + "\(recipe.epochs), up to here it was that of one of \(planned.epochs)").yellow)
    }
    if checkpoint.progress.epoch >= recipe.epochs {
      console.line("all \(recipe.epochs) epochs are done; a larger number for --epochs goes on".yellow)
    }
  }

  func show(_ step: Trainer.Step) {
    images += step.images
    let first = firstStep ?? step.index
    firstStep = first
    smoothedLoss = smoothedLoss.isNaN ? step.loss : 0.95 * smoothedLoss + 0.05 * step.loss
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    let (done, left) = (step.index + 1 - first, step.totalSteps - step.index - 1)
    console.bar(
      Double(step.index + 1) / Double(step.totalSteps), "epoch \(step.epoch + 1)/\(recipe.epochs)",
      "loss \(String(format: "%.4f", smoothedLoss))  \(Int(Double(images) / elapsed).grouped) images/s  "
        + "\(minutes(elapsed / Double(done) * Double(left))) left")
  }

  /// A line for the epoch, the most telling numbers first: those at the end go where the columns are too few.
  func show(_ epoch: Trainer.Epoch) {
    let width = String(recipe.epochs).count
    let parts = [
      "epoch \(String(format: "%\(width)d", epoch.number))/\(recipe.epochs)",
      "loss \(String(format: "%.4f", epoch.trainLoss))", "train \(epoch.trainAccuracy.percent)",
      "\(validates ? "validation" : "test") \((epoch.evaluation?.accuracy ?? 0).percent)",
      "\(Int(Double(epoch.images) / epoch.seconds).grouped) images/s",
    ]
    let columns = Terminal.columns
    let shown =
      [parts, parts.dropLast(), [parts[0], parts[3]]].map { $0.joined(separator: "  ") }
      .first { $0.count <= columns } ?? parts[0]
    console.line(shown)
  }

  func report(_ result: Trainer.Result, _ evaluation: Evaluation, _ classNames: ClassNames) {
    switch result.ending {
    case .finished: break
    case .stopped: console.line("stopped after \(result.steps.grouped) steps, as asked".yellow)
    case .patienceExhausted(let best): console.line("no better since epoch \(best), whose weights are kept")
    }
    console.line()
    printAccuracy(evaluation, console)
    console.line(
      "trained on \(result.images.grouped) images in "
        + "\(String(format: result.seconds < 1 ? "%.3f" : "%.1f", result.seconds)) s, "
        + "\(Int(Double(result.images) / result.seconds).grouped) images/s")
    console.line()
    for line in table(of: evaluation.confusion, classNames, columns: Terminal.columns) { console.line(line) }
    console.line()
  }
}
