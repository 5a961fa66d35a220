import Foundation
import Kobai
import KobaiFiles
import TestSupport
import Testing

@testable import cnn_train

/// Each call of the system fails in turn while a training writes itself down.
@Suite("A training's files, whichever call of the system fails", .enabled(if: Fault.isAvailable)) struct FaultTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  @Test("metrics are whole lines, none of another training") func metrics() throws {
    let lines = (0..<3).map { "{\"number\":\($0)}" }
    let runs = try withEveryFault(
      Fault.all.filter { !$0.isEnd }, reset: { try folder.write(Array("old\nold\nold\nold\n".utf8), to: "m") },
      {
        let file = try MetricsFile(folder / "m")
        try file.empty()
        var failure: (any Error)?
        for number in 0..<3 { do { try file.append(["number": number]) } catch { failure = error } }
        if let failure { throw failure }
      },
      check: { run in
        run.expectOneLine(about: folder)
        let text = String(decoding: try readFile(folder / "m"), as: UTF8.self)
        let found = text.split(separator: "\n").map(String.init)
        let isOld = run.error != nil && found.allSatisfy { $0 == "old" }
        #expect(text.isEmpty || text.hasSuffix("\n"), "\(run)")
        #expect(isOld || found.allSatisfy(lines.contains), "\(run): \(text)")
        #expect(run.error != nil || found == lines, "\(run)")
      })
    #expect(runs > 25)
  }

  @Test("weights are in the file or in another, and what was there before is whole") func weights() throws {
    let network = try Network(input: [1, 4, 4], batch: 1, MultiLayerNet(hidden: [3]))
    let expected = network.weightsSHA256
    var place: WeightsFile.Place?
    defer { if let place { try? removeFile(place.path) } }
    try withEveryFault(
      reset: {
        if let place { try removeFile(place.path) }
        place = nil
        try folder.write([1, 2], to: "w")
      }, { place = try WeightsFile(folder / "w", for: network, metadata: [:]).save(network) },
      check: { run in
        run.expectOneLine(about: folder)
        func digest(_ path: String) throws -> String {
          let other = try Network(input: [1, 4, 4], batch: 1, MultiLayerNet(hidden: [3]), seed: 9)
          try other.load(SafetensorsFile(path))
          return other.weightsSHA256
        }
        let saved = try place.map { try digest($0.path) }
        #expect(run.error != nil || saved == expected, "\(run)")
        let isOld = try readFile(folder / "w") == [1, 2]
        let isNew = try isOld || digest(folder / "w") == expected
        #expect(isOld || isNew, "\(run)")
        let names = try folder.contents()
        #expect(run.fault.isEnd || names == ["w"], "\(run)")
      })
  }

  #if os(Linux)
    @Test("room for the weights is kept from the start, in a file without a name") func room() throws {
      let network = try Network(input: [1, 4, 4], batch: 1, MultiLayerNet(hidden: [300]))
      let file = try WeightsFile(folder / "w", for: network, metadata: [:])
      var sizes: [Int] = []
      for number in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
        let (path, files) = ("/proc/self/fd/\(number)", FileManager.default)
        guard let target = try? files.destinationOfSymbolicLink(atPath: path), target.hasPrefix(folder.path) else {
          continue
        }
        var status = stat()
        if unsafe stat(path, &status) == 0 { sizes.append(Int(status.st_size)) }
      }
      #expect(try sizes == [network.savedSize(metadata: [:])] && folder.contents().isEmpty)
      #expect(try file.save(network).path == folder / "w")
      #expect(try folder.contents() == ["w"] && readFile(folder / "w").count == network.savedSize(metadata: [:]))
    }
  #endif
}
