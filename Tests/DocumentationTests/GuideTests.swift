import Foundation
import TestSupport
import Testing

/// The guides are what they say: the code in the articles runs, prints what stands there, and comes to what PyTorch comes to.
@Suite("Guides, beside PyTorch")
struct GuideTests {
  /// A folder with the tables and the pictures of the guides.
  private func data() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for table in ["iris.csv", "wine.csv"] {
      try folder.write(Array(try Guide.text("Tests/Interop/\(table)").utf8), to: table)
    }
    let shapes = try Command.run("guides", ["MakeShapes"], in: folder.path)
    try #require(shapes.code == 0, "\(shapes.errors)")
    return folder
  }

  /// Whether two results differ by at most a twentieth.
  private func areAlike(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 0.05 * abs(b) }

  @Test("the programs in Swift print what stands in the articles, to the last digit")
  func programs() throws {
    let folder = try data()
    for name in Guide.names {
      let guide = try Guide(name)
      let run = try Command.run("guides", [name], in: folder.path)
      #expect(run.code == 0 && run.lines == guide.output, "\(name): \(run.output)\(run.errors)")
      let rounded = zip(guide.kobai.results, Guide.results(run.lines)).map { text, value in
        String(format: "%.\(text.split(separator: ".").last?.count ?? 0)f", value)
      }
      #expect(guide.kobai.results == rounded && !rounded.isEmpty, "\(name)")
    }
  }

  @Test(
    "lines of code are as many as the tables say, and Kobai's of the small tasks 20 at most", arguments: Guide.names)
  func lines(_ name: String) throws {
    let guide = try Guide(name)
    #expect(guide.kobai.lines == Guide.code(guide.swift).count)
    #expect(guide.pytorch.lines == Guide.code(guide.python).count)
    if ["CrossValidation", "Regression", "AnAutoencoder", "SeveralLabels"].contains(name) {
      #expect(Guide.code(guide.swift).count <= 20)
    }
  }

  @Test("PyTorch's results are within 5 % of Kobai's, and of those in the tables", .enabled(if: Interop.python != nil))
  func besidePyTorch() throws {
    let folder = try data()
    let tables = try ["iris.csv", "wine.csv"].map { try Data(contentsOf: URL(fileURLWithPath: folder / $0)) }
    try FileManager.default.copyItem(
      atPath: Guide.root.appendingPathComponent("Sources/CEmbeddedDigits/digits").path, toPath: folder / "digits")
    func write(_ program: [String], _ name: String) throws {
      try folder.write(Array(program.joined(separator: "\n").utf8), to: "\(name).py")
    }
    let script = Guide.blocks("python", of: try Guide.article("GuidesBesidePyTorch")).first
    try write(#require(script), "MakeData")
    let guides = try Guide.names.map(Guide.init)
    for guide in guides { try write(guide.python, guide.name) }

    let run = try Interop.run("guides.py", [folder.path, "MakeData"] + Guide.names)
    try #require(run.code == 0, "\(run.errors)")
    let printed = try JSONDecoder().decode([String: String].self, from: Data(run.output.utf8))
    #expect(try ["iris.csv", "wine.csv"].map { try Data(contentsOf: URL(fileURLWithPath: folder / $0)) } == tables)
    for guide in guides {
      let theirs = Guide.results(printed[guide.name, default: ""].split(separator: "\n").map(String.init))
      let mine = Guide.results(guide.output)
      #expect(theirs.count == mine.count && !mine.isEmpty, "\(guide.name): \(printed)")
      for (mine, theirs) in zip(mine, theirs) { #expect(areAlike(mine, theirs), "\(guide.name): \(mine), \(theirs)") }
      for (theirs, text) in zip(theirs, guide.pytorch.results) {
        let stated = try #require(Double(text))
        #expect(areAlike(theirs, stated), "\(guide.name): \(theirs), not \(stated)")
      }
    }
  }
}
