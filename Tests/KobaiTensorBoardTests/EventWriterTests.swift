import Foundation
import KobaiFiles
import TestSupport
import Testing

@testable import KobaiTensorBoard

@Suite struct EventWriterTests {
  @Test func beginsWithTheVersion() throws {
    let folder = try TemporaryFolder()
    let before = Int(Date().timeIntervalSince1970)
    let writer = try EventWriter(directory: folder / "runs/first")
    let name = try #require(writer.path.split(separator: "/").last).split(separator: ".")
    #expect(name.prefix(3) == ["events", "out", "tfevents"])
    #expect((before...before + 5).contains(try #require(Int(name[3]))))
    #expect(name.last == "\(ProcessInfo.processInfo.processIdentifier)")
    #expect(name[4..<name.count - 1].joined(separator: ".") == ProcessInfo.processInfo.hostName)
    let events = try readEvents(writer.path)
    #expect(events.map(\.fileVersion) == ["brain.Event:2"])
    #expect(abs(events[0].wallTime - Date().timeIntervalSince1970) < 5)
  }

  @Test func writesScalars() throws {
    let folder = try TemporaryFolder()
    let writer = try EventWriter(directory: folder.path)
    try writer.addScalar("train/loss", 0.1, step: 0)
    try writer.addScalar("train/loss", Float(-2.5), step: 3_000_000_000)
    try writer.addScalar("diverged", Double.nan, step: 1)
    try writer.flush()
    let events = try readEvents(writer.path).dropFirst()
    #expect(events.map(\.step) == [0, 3_000_000_000, 1])
    let values = events.map { $0.summary.value[0] }
    #expect(values.map(\.tag) == ["train/loss", "train/loss", "diverged"])
    #expect(values.allSatisfy { $0.metadata.pluginData.pluginName == "scalars" && $0.metadata.dataClass == .scalar })
    #expect(values.allSatisfy { $0.tensor.dtype == .float && $0.tensor.tensorShape.dim.isEmpty })
    #expect(values[0].tensor.floatVal == [0.1] && values[1].tensor.floatVal == [-2.5])
    #expect(values[2].tensor.floatVal[0].isNaN)
  }

  @Test func saysWhereATrainingGoesOn() throws {
    let folder = try TemporaryFolder()
    let writer = try EventWriter(directory: folder.path)
    try writer.resume(at: 41)
    let starts = try readEvents(writer.path).dropFirst()
    #expect(starts.count == 2 && starts.allSatisfy { $0.step == 41 && $0.sessionLog.status == .start })
  }

  @Test func writesHistograms() throws {
    let folder = try TemporaryFolder()
    let writer = try EventWriter(directory: folder.path)
    try writer.addHistogram("weights", [0, 1, 1.5, 30, .nan, .infinity].span, step: 2)
    let value = try #require(try readEvents(writer.path).last?.summary.value.first)
    #expect(value.metadata.pluginData.pluginName == "histograms" && value.metadata.dataClass == .tensor)
    #expect(value.tensor.dtype == .double && value.tensor.tensorShape.dim.map(\.size) == [30, 3])
    let rows = stride(from: 0, to: 90, by: 3).map { Array(value.tensor.doubleVal[$0..<$0 + 3]) }
    let counts: [Int: Double] = [0: 1, 1: 2, 29: 1]  // 30 is in the last bin
    for (i, row) in rows.enumerated() {
      #expect(row == [Double(i), Double(i + 1), counts[i] ?? 0])
    }
  }

  @Test func binsOfOddNumbers() {
    func bins(_ values: [Float]) -> Bins { Bins(values.span) }
    #expect(bins([]) == bins([.nan, -.infinity]))
    #expect(bins([]).edges == [Double](repeating: 0, count: 31) && bins([]).counts == [Int](repeating: 0, count: 30))
    let same = bins([2, 2, 2])
    #expect(same.edges == [Double](repeating: 2, count: 31))
    #expect(same.counts == [Int](repeating: 0, count: 29) + [3])
    let widest = bins([-Float.greatestFiniteMagnitude, .greatestFiniteMagnitude, 0])
    #expect(widest.counts[0] == 1 && widest.counts[15] == 1 && widest.counts[29] == 1)
    var random = TestRandom(3)
    #expect(bins(random.floats(1000)).counts.reduce(0, +) == 1000)
  }

  @Test func writesImages() throws {
    let folder = try TemporaryFolder()
    let writer = try EventWriter(directory: folder.path)
    try writer.addImage("digits/7", png: tinyPNG, step: 1)
    let value = try #require(try readEvents(writer.path).last?.summary.value.first)
    #expect(value.metadata.pluginData.pluginName == "images" && value.metadata.dataClass == .blobSequence)
    #expect(value.tensor.dtype == .string && value.tensor.tensorShape.dim.map(\.size) == [3])
    #expect(value.tensor.stringVal == [Data("3".utf8), Data("2".utf8), Data(tinyPNG)])
    for bytes in [[], [1, 2, 3], Array(tinyPNG.prefix(28)), [0] + tinyPNG] {
      let error = #expect(throws: FileError.self) { try writer.addImage("digits/8", png: bytes, step: 1) }
      #expect(error?.description == "\(writer.path): the image \"digits/8\" is not the bytes of a PNG file")
    }
    #expect(try readEvents(writer.path).count == 2, "what is no picture leaves no trace")
  }

  /// Two writers never share a file, and what one has written is there at once.
  @Test func everyWriterHasItsOwnFile() throws {
    let folder = try TemporaryFolder()
    let writers = try (0..<3).map { _ in try EventWriter(directory: folder.path) }
    #expect(Set(writers.map(\.path)).count == 3)
    #expect(try folder.contents().count == 3)
    for (i, writer) in writers.enumerated() { try writer.addScalar("i", Double(i), step: i) }
    for (i, writer) in writers.enumerated() {
      #expect(try readEvents(writer.path).map(\.step) == [0, Int64(i)])
    }
  }

  @Test func saysWhereItCannotWrite() throws {
    let folder = try TemporaryFolder()
    try folder.write([1], to: "file")
    let error = #expect(throws: FileError.self) { try EventWriter(directory: folder / "file/run") }
    #expect(error?.description == "\(folder / "file/run"): no folder can be made there: File exists")
  }
}
