import Foundation
import KobaiFiles
import KobaiTextbook

/// `figures.json`: the figures of every experiment that was run into its folder, by experiment and name.
struct FiguresFile {
  private typealias Figures = [String: [String: [Double]]]
  private let path: String

  /// - Throws: where a file is there that cannot be added to; it is not overwritten.
  init(folder: String) throws {
    path = "\(folder)/figures.json"
    _ = try Self.read(path)
  }

  /// What earlier runs have left in the folder.
  private static func read(_ path: String) throws -> Figures {
    guard try fileStatus(path) != nil else { return [:] }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let bytes = try readFile(path)
    do {
      return try decoder.decode(Figures.self, from: Data(bytes))
    } catch {
      throw FileError(
        path: path,
        reason: words(
          en: "has no figures by experiment; remove it, or choose another folder",
          ja: "実験ごとの数値を記録したファイルではありません。削除するか、別のフォルダを指定してください"))
    }
  }

  /// Writes the figures, and those of other experiments that were there before. What is not a number is written as a
  /// word, for JSON has none.
  func write(adding figures: [String: [String: [Double]]]) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let all = try Self.read(path).merging(figures) { _, new in new }
    try AtomicFile.write(Array(try encoder.encode(all)), to: path)
  }
}
