import ArgumentParser
import Foundation
import KobaiCommand
import KobaiData
import Rainbow

/// Loads the data of that name, with notices as lines and a bar where they are fetched.
func loadData(_ name: String, orientation: StoredOrientation = .auto, _ console: Console) throws -> Dataset {
  let source = DataSource(name)
  if orientation != .auto, source == .auto || source == .embedded {
    throw ValidationError(
      "--orientation \(orientation.rawValue): the digits of --data \(name) stand upright as they are")
  }
  let download = MNISTDownload()
  let note: (String) -> Void = { console.line($0.yellow) }
  if let local = try source.loadWithoutFetching(orientation: orientation, download: download, note: note) {
    return local
  }
  do {
    defer { Download.clear() }
    try waiting { try await download.run { Download.show($0) } }
  } catch { return try DataSource.embedded(because: error, note: note) }
  return try .load(folder: download.folder.path)
}

/// Loads the data of a training: those that were typed, else those of the configuration that is resumed.
func loadData(
  _ typed: ConfigurationLayer, resuming recorded: TrainingConfiguration?, _ console: Console
) throws -> Dataset {
  var data = try loadData(
    typed.data ?? recorded?.data ?? "auto", orientation: typed.orientation ?? recorded?.orientation ?? .auto, console)
  if let recorded, recorded.orientation == nil { data = data.asStored }  // from before images were turned
  if let notice = data.noticeOfTurnedImages { console.line(notice.yellow) }
  guard let names = typed.classNames ?? recorded?.classNames else { return data }
  do { return try data.named(ClassNames(names)) } catch { throw ValidationError("--class-names: \(error)") }
}

/// The names that an option lists, or those in the file that it names.
func readClassNames(_ text: String) throws -> ClassNames {
  do { return try ClassNames(typed: text) } catch let problem as ClassNames.Problem {
    throw ValidationError("--class-names: \(problem)")
  }
}
