import Foundation
import TestSupport

/// A folder that `textbook run --all --out` filled.
struct RunOutput {
  let folder: String
  /// By experiment and name.
  let figures: [String: [String: [Double]]]

  init(folder: String) throws {
    self.folder = folder
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    figures = try decoder.decode(
      [String: [String: [Double]]].self, from: Data(contentsOf: URL(fileURLWithPath: "\(folder)/figures.json")))
  }

  /// KOBAI_TEXTBOOK_OUT, where `textbook run --all --data embedded` has written.
  static let complete = ProcessInfo.processInfo.environment["KOBAI_TEXTBOOK_OUT"]

  func picture(_ file: String) throws -> SVGDocument {
    try SVGDocument(String(contentsOfFile: "\(folder)/\(file).svg", encoding: .utf8))
  }
}
