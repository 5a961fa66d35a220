import Kobai
import KobaiFiles
import KobaiInference
import KobaiTraining

/// The weights of `--initial-weights`, which a training starts from: those of layers that are not among them, or of another size,
/// are drawn as ever.
struct InitialWeights: Sendable {
  private let file: SafetensorsFile

  /// Opens the file, and says so where nothing would tell of damage to it, unless another process does.
  init(_ path: String, isQuiet: Bool = false) throws(FileError) {
    file = try SafetensorsFile(path)
    if !file.hasDigest && !isQuiet { notice(unverifiedNotice(path)) }
  }

  /// Fills a network with what fits it: of a training that averages its weights with the averages, which is what `eval` shows of it.
  func load(into network: Network) throws(FileError) -> LoadReport {
    try Checkpoint.loadWeights(file, into: network, allowing: [.missing, .unknown, .otherShapes])
  }
}
