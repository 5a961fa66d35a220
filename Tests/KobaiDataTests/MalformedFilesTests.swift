import Foundation
import KobaiData
import KobaiFiles
import KobaiKernels
import TestSupport
import Testing

/// A thousand damaged files of each kind: each loads, or is refused by one line that names the file.
@Suite struct MalformedFilesTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// One way to damage a file: cut, repeat, overwrite, insert, or put something that does not belong there.
  private static func damage(_ bytes: [UInt8], _ foreign: [[UInt8]], _ random: inout TestRandom) -> [UInt8] {
    var bytes = bytes
    for _ in 0...random.index(below: 3) where !bytes.isEmpty {
      let place = random.index(below: bytes.count)
      let end = min(bytes.count, place + 1 + random.index(below: 20))
      switch random.index(below: 8) {
      case 0: bytes.removeLast(bytes.count - place)
      case 1: bytes.removeSubrange(place..<end)
      case 2: bytes.insert(contentsOf: bytes[place..<end], at: random.index(below: bytes.count + 1))
      case 3: bytes[place] = UInt8(truncatingIfNeeded: random.bits())
      case 4: bytes[place] ^= 1 << UInt8(random.index(below: 8))
      case 5: for i in place..<min(end, place + 8) { bytes[i] = 0xff }
      case 6: bytes.insert(contentsOf: foreign[random.index(below: foreign.count)], at: place)
      default: bytes.replaceSubrange(place..<end, with: foreign[random.index(below: foreign.count)])
      }
    }
    return bytes
  }

  /// Damages `file` a thousand times and loads it each time.
  ///
  /// - Parameters:
  ///   - foreign: what does not belong into such a file.
  ///   - check: what else is to hold of a refusal.
  private func tryAll(
    _ file: String, seed: UInt64, foreign: [[UInt8]] = [[0]], check: (FileError) -> Bool = { _ in true },
    load: (String) throws -> Void
  ) throws {
    let good = try readFile(folder / file)
    #expect(throws: Never.self) { try load(folder / file) }
    var random = TestRandom(seed)
    var refused = 0
    for i in 0..<1000 {
      let bytes = Self.damage(good, foreign, &random)
      try folder.write(bytes, to: file)
      do {
        try load(folder / file)
      } catch let error as FileError {
        refused += 1
        let isLine = error.reason.unicodeScalars.allSatisfy {
          $0.value >= 0x20 && $0.value != 0x7f && $0.value != 0x2028
        }
        #expect(isLine && error.reason.count < 400 && error.path.hasPrefix(folder.path), "\(i): \(error)")
        #expect(check(error), "\(i): \(error)")
      } catch {
        Issue.record("\(i): \(error)")
      }
    }
    #expect(refused > 200, "most of them have something wrong: \(refused)")
  }

  private static let foreignText =
    [
      "nan", "-inf", "1e999", ",", ",,,,,,", ";", "\t", "\"", "\"\"", "\n", "\r\n", "\r", "NA", "text", "-", "é", "\0",
      "0x1p3",
      "99999999999999999999999999", String(repeating: ",", count: 5000), String(repeating: "9", count: 5000),
    ].map { Array($0.utf8) } + [[0xc3, 0x28], [0xff, 0xfe], [0xef, 0xbb, 0xbf], [0x80]]

  @Test func tables() throws {
    let text =
      "age,colour,\"note, long\",weight,class\n"
      + (0..<20).map {
        "\($0 * 3).5,\($0 % 2 == 0 ? "red" : "\"blue\""),\"a \"\"b\"\"\n\($0 % 3)\",\(1 + $0 % 2),\($0 % 4)\n"
      }
      .joined()
    try folder.write(Array(text.utf8), to: "t.csv")
    // What is wrong with a field names its line and its column; the rest is wrong with the whole file.
    let place = #/line \d+, column \d+.*: .+/#
    let whole = #/(is|has|line 1 has|column|its rows) .+/#
    func isPlaced(_ error: FileError) -> Bool {
      (try? place.wholeMatch(in: error.reason)) != nil || (try? whole.prefixMatch(in: error.reason)) != nil
    }
    try tryAll("t.csv", seed: 1, foreign: Self.foreignText, check: isPlaced) { path in
      let table = try Table(contentsOf: path, target: .classes(-1), weights: 3)
      _ = try Loaded(table)
    }
  }

  @Test func tablesInTheCache() throws {
    let text = "a,b\n" + (0..<20).map { "\($0),\($0 * $0)\n" }.joined()
    try folder.write(Array(text.utf8), to: "t.csv")
    try tryAll("t.csv", seed: 2, foreign: Self.foreignText) { path in
      let storage = TableStorage(memoryLimit: 0, cache: folder / "cache")
      _ = try Loaded(Table(contentsOf: path, target: .value(-1), storage: storage))
    }
    let left = try FileManager.default.contentsOfDirectory(atPath: folder / "cache")
    #expect(left.allSatisfy { $0.hasSuffix(".rows") || $0.hasSuffix(".rows.lock") }, "nothing half written")
  }

  @Test func imagesAsTables() throws {
    let text =
      "label,\((0..<9).map { "pixel\($0)" }.joined(separator: ","))\n"
      + (0..<20).map { i in "\(i % 10),\((0..<9).map { "\($0 * i)" }.joined(separator: ","))\n" }.joined()
    try folder.write(Array(text.utf8), to: "t.csv")
    try tryAll("t.csv", seed: 3, foreign: Self.foreignText) { path in _ = try ImageSet.load(csv: path) }
  }

  private static let foreignHeaders =
    [
      "nan", "'descr': '|O', ", "(9223372036854775807,)", "99999999999", "True", "'<f8'", "'>i2'", "-1", "\0\0\0\0",
      "(",
    ].map { Array($0.utf8) } + [[0xff, 0xff, 0xff, 0x7f], [UInt8](repeating: 0xff, count: 8), [0, 0, 0xc0, 0x7f]]

  @Test("arrays, read and mapped", arguments: [0, 1 << 30])
  func arrays(_ memoryLimit: Int) throws {
    try NumPyArray((0..<24).map(Float.init), shape: [4, 2, 3]).write(to: folder / "a.npy")
    try tryAll("a.npy", seed: 4, foreign: Self.foreignHeaders) { path in
      let array = try NumPyArray(contentsOf: path, memoryLimit: memoryLimit)
      let samples = try Samples(inputs: array)
      _ = try Loaded(samples)
    }
  }

  @Test("archives, stored and deflated", arguments: [false, true])
  func archives(_ isDeflated: Bool) throws {
    func array(_ type: String, _ shape: String, _ body: [UInt8]) -> [UInt8] {
      let header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(shape)), }\n"
      return [0x93] + "NUMPY".utf8 + [1, 0] + UInt16(header.utf8.count).littleEndianBytes + header.utf8 + body
    }
    let images = array("|u1", "4, 3, 2", (0..<24).map { $0 })
    let labels = array("<i2", "4,", [0, 0, 1, 0, 2, 0, 3, 0])
    try folder.write(
      ZipFixture.archive(
        [("x_train.npy", images), ("y_train.npy", labels), ("x_test.npy", images), ("y_test.npy", labels)],
        isDeflated: isDeflated), to: "a.npz")
    try tryAll("a.npz", seed: isDeflated ? 5 : 6, foreign: Self.foreignHeaders) { path in
      _ = try Dataset.load(npz: path)
    }
  }

  @Test func cifar() throws {
    try CIFARFixture.ten(in: folder)
    try tryAll("data_batch_2.bin", seed: 7) { _ in _ = try Dataset.load(cifar: folder.path) }
    try CIFARFixture.ten(in: folder)
    try tryAll("batches.meta.txt", seed: 8, foreign: Self.foreignText) { _ in _ = try Dataset.load(cifar: folder.path) }
  }

  @Test func idx() throws {
    let set = try IDXFixture.folder()
    for name in IDXFixture.names { try folder.write(readFile(set / name), to: name) }
    for (i, name) in IDXFixture.names.prefix(2).enumerated() {
      try tryAll(name, seed: UInt64(9 + i), foreign: Self.foreignHeaders) { _ in
        _ = try Dataset.load(folder: folder.path)
      }
      try folder.write(readFile(set / name), to: name)
    }
  }
}
