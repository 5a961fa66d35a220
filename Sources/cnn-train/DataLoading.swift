import ArgumentParser
import Foundation
import Kobai
import KobaiCommand
import KobaiData
import KobaiTraining
import Rainbow

/// Loads the data of that name, with notices as lines and a bar while they are fetched or read.
func loadData(
  _ name: String, _ options: TrainingDataOptions = TrainingDataOptions(), _ console: Console
) throws -> TrainingData {
  let note: (String) -> Void = { console.line($0.yellow) }
  let (source, download) = (DataSource(name), MNISTDownload())
  if case .folder(let path) = source {
    return try TrainingData(contentsOf: path, options: options, note: note) { progress in
      console.bar(
        Double(progress.done) / Double(max(progress.total, 1)), "reading",
        "\(progress.done.grouped) of \(progress.total.grouped) \(progress.unit)")
    }
  }
  if options.orientation != .auto {
    throw ValidationError(
      "--orientation \(options.orientation.rawValue): the digits of --data \(name) stand upright as they are")
  }
  let targets = options.targets ?? .classes
  guard targets == .classes || targets == .input else {
    throw ValidationError(
      "the digits of --data \(name) have a class each; --task is classification or reconstruction for them")
  }
  if let local = try source.loadWithoutFetching(download: download, note: note) {
    return TrainingData(local, targets: targets)
  }
  do {
    defer { Download.clear() }
    try waiting { try await download.run { Download.show($0) } }
  } catch { return TrainingData(try DataSource.embedded(because: error, note: note), targets: targets) }
  return TrainingData(try download.dataset(), targets: targets)
}

/// Loads the data of a training: those that were typed, else those of the configuration that is resumed.
func loadData(
  _ typed: ConfigurationLayer, resuming recorded: TrainingConfiguration?, _ console: Console
) throws -> TrainingData {
  var options = TrainingDataOptions()
  options.orientation = typed.orientation ?? recorded?.orientation ?? .auto
  options.targets = (typed.task ?? recorded?.task)?.targets
  options.targetColumns = (typed.target ?? recorded?.target)?.map(TableColumn.named)
  options.ignoredColumns = (typed.ignore ?? recorded?.ignore ?? []).map(TableColumn.named)
  options.pictures.size = (typed.imageSize ?? recorded?.imageSize)?.size
  options.pictures.skipsUnreadable = typed.skipUnreadable ?? recorded?.skipUnreadable ?? false
  var data = try loadData(typed.data ?? recorded?.data ?? "auto", options, console)
  if let images = data.images {
    if let recorded, recorded.orientation == nil {  // from before images were turned
      data = TrainingData(images.asStored, kind: data.kind, targets: data.targets)
    }
    if let notice = data.images?.noticeOfTurnedImages { console.line(notice.yellow) }
  }
  guard let names = typed.classNames ?? recorded?.classNames else { return data }
  do { return try data.named(ClassNames(names)) } catch { throw ValidationError("--class-names: \(error)") }
}

/// The names that an option lists, or those in the file that it names.
func readClassNames(_ text: String) throws -> ClassNames {
  do { return try ClassNames(typed: text) } catch let problem as ClassNames.Problem {
    throw ValidationError("--class-names: \(problem)")
  }
}

// What a person is told about data.
extension TrainingData {
  /// What the samples are called, more than one of them.
  var sampleName: String { images != nil ? "images" : encoding != nil ? "rows" : "samples" }

  /// "wine.csv: a CSV file, 142 rows to train, 36 to test; 13 columns, 3 classes"
  ///
  /// - Parameter validation: how many of those to train on are set aside.
  func description(validation: Int) -> String {
    let held = validation > 0 ? ", \(validation.grouped) of them to validate" : ""
    return "\(name): \(kind.map { "\($0.name), " } ?? "")\(train.count.grouped) \(sampleName) to train\(held), "
      + "\(test.count.grouped) to test; \(shape)"
  }

  /// "10 classes of 28×28", or "13 columns, 3 classes"
  private var shape: String {
    func counted(_ count: Int, _ noun: String, _ nouns: String) -> String {
      "\(count.grouped) \(count == 1 ? noun : nouns)"
    }
    let names = classNames.map { $0.areNumbers ? "" : " (\($0.names.listed))" } ?? ""
    let wanted =
      switch LearningTask(self) {
      case .classification(let count): counted(count, "class", "classes") + names
      case .multiLabel(let count): counted(count, "label", "labels") + names
      case .regression(let count): counted(count, "number", "numbers") + " to predict"
      case .reconstruction: "targets of themselves"
      }
    if let set = images?.train {
      return "\(wanted) of \(set.channels == 1 ? "\(set.size)" : "\(set.channels)×\(set.size)")"
    }
    guard let encoding else { return "inputs of \(Shape(train.inputShape)), \(wanted)" }
    let inputs = encoding.width == encoding.inputs.count ? "" : " as \(encoding.width.grouped) inputs"
    return "\(counted(encoding.inputs.count, "column", "columns"))\(inputs), \(wanted)"
  }
}
