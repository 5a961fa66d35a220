import Foundation
import Kobai
import TestSupport
import Testing

@Suite struct DocumentationTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
  }

  /// The swift blocks of a text, line by line, without `prefix` (such as "/// ") and indentation.
  private static func blocks(_ text: String, prefix: String = "") -> [[String]] {
    var blocks: [[String]] = []
    var block: [String]?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      var line = line.trimmingCharacters(in: .whitespaces)
      guard line.hasPrefix(prefix.trimmingCharacters(in: .whitespaces)) else { continue }
      line = line.dropFirst(prefix.trimmingCharacters(in: .whitespaces).count).trimmingCharacters(in: .whitespaces)
      if line == "```swift" {
        block = []
      } else if line == "```" {
        if let block { blocks.append(block) }
        block = nil
      } else {
        block?.append(line)
      }
    }
    return blocks
  }

  /// Code in the documentation compiles, because it stands in Examples.swift.
  @Test func everyExampleCompiles() throws {
    let examples = try Self.text("Tests/DocumentationTests/Examples.swift").split(separator: "\n")
      .map { $0.trimmingCharacters(in: .whitespaces) }
    var all = Self.blocks(try Self.text("README.md")) + Self.blocks(try Self.text("README.ja.md"))
    let sources = try #require(
      FileManager.default.enumerator(at: Self.root.appendingPathComponent("Sources"), includingPropertiesForKeys: nil))
    for case let url as URL in sources where url.pathExtension == "swift" {
      all += Self.blocks(try String(contentsOf: url, encoding: .utf8), prefix: "///")
    }
    #expect(all.count >= 7)
    for block in all {
      let code = block.filter { !$0.isEmpty && !$0.hasPrefix("import ") }
      let starts = examples.indices.filter { examples[$0] == code.first }
      #expect(starts.contains { Array(examples[$0...].prefix(code.count)) == code }, "not in Examples.swift: \(code)")
    }
  }

  @Test func examplesDoWhatTheySay() throws {
    #expect(try Examples.readmeNetwork() > 0.9)
    #expect(try Examples.readmeKernels() == [Float](repeating: 6, count: 8))
    #expect(try Examples.kernels() == [0, 0, 2])
    #expect(try Examples.sequential() == 6)
    #expect(try Examples.network(Tensor([7, 1, 28, 28])) == [7, 10])
    let folder = try TemporaryFolder()
    #expect(try Examples.events(folder / "run").hasPrefix("\(folder / "run")/events.out.tfevents."))
  }

  /// Both READMEs have the same commands, and local links that lead somewhere.
  @Test func readmesAgree() throws {
    let (english, japanese) = (try Self.text("README.md"), try Self.text("README.ja.md"))
    func commands(_ text: String) -> [Substring] {
      text.split(separator: "\n").filter { $0.contains("swift run") && !$0.contains("`swift run") }
    }
    #expect(commands(english) == commands(japanese) && commands(english).count == 2)
    for text in [english, japanese] {
      for match in text.matches(of: /\]\(([^)#:]+)\)/) {
        #expect(FileManager.default.fileExists(atPath: Self.root.appendingPathComponent(String(match.1)).path))
      }
    }
  }
}
