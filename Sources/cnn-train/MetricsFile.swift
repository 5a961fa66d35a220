import Foundation
import KobaiFiles

/// JSON lines: an object for each epoch as soon as it is over, and one for the result.
final class MetricsFile {
  private let path: String
  private let descriptor: Int32
  private let encoder = JSONEncoder()

  /// Opens the file as it is; an unwritable one is found out here.
  init(_ path: String) throws(FileError) {
    self.path = path
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .unwritable(path) }
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Begins anew, once nothing but the training itself can fail. Pipes have nothing to empty.
  func empty() { ftruncate(descriptor, 0) }

  func append(_ object: some Encodable) throws {
    let line = try Array(encoder.encode(object)) + [UInt8(ascii: "\n")]
    let end = lseek(descriptor, 0, SEEK_CUR)
    do {
      try unsafe writeAll(line.span.bytes, to: descriptor, of: path)
    } catch {
      // No half line stays. Pipes have nothing to take back.
      ftruncate(descriptor, end)
      lseek(descriptor, end, SEEK_SET)
      throw error
    }
  }
}

/// A line of the metrics file after each epoch. Accuracies are shares of 1.
struct EpochMetrics: Codable {
  let epoch: Int
  let trainLoss: Double
  let trainAccuracy: Double
  let validationLoss: Double?
  let validationAccuracy: Double?
  let testLoss: Double?
  let testAccuracy: Double?
  let learningRate: Float
  let seconds: Double
  let imagesPerSecond: Double
}

/// The last line of the metrics file.
struct ResultMetrics: Encodable {
  let testAccuracy: Double
  let testLoss: Double
  let trainSeconds: Double
  let imagesPerSecond: Double
  let epochs: Int
  let steps: Int
  let parameters: Int
  let threads: Int
  let isa: String
  let precision: String
  let weightsSha256: String
  let data: String
  let model: String
  let seed: UInt64
}
