import Foundation
import TestSupport
import Testing

/// The page about a training, by its task.
@Suite("cnn-train --report of other tasks")
struct ReportTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// Trains and returns the page.
  private func page(_ arguments: String...) throws -> String {
    let run = try Command.run(
      "cnn-train", arguments + ["--epochs", "2", "--quiet", "--report", folder / "page.html"])
    try #require(run.code == 0, "\(run.errors)")
    return try String(contentsOfFile: folder / "page.html", encoding: .utf8)
  }

  @Test("of a training that went on for longer the learning rates are those that it had") func replacedPlan() throws {
    let checkpoints = folder / "c"
    let first = [
      "--data", "embedded", "--model", "softmax", "--images", "200", "--epochs", "2", "--schedule", "cosine",
      "--no-augment", "--checkpoint-dir", checkpoints,
    ]
    #expect(try Command.run("cnn-train", first).code == 0)
    let (page, metrics) = (folder / "page.html", folder / "m")
    let run = try Command.run(
      "cnn-train", ["--resume", checkpoints, "--epochs", "6", "--report", page, "--metrics", metrics])
    #expect(run.code == 0, "\(run.errors)")
    // The rate was next to 0 at the end of the second epoch.
    let curve = try #require(
      String(contentsOfFile: page, encoding: .utf8).firstMatch(of: /points="([^"]*)"[^>]*data-series="learning rate"/))
    let heights = curve.output.1.split(separator: " ").compactMap {
      $0.split(separator: ",").last.flatMap { Double($0) }
    }
    let rises = heights.indices.dropFirst().filter { heights[$0] < heights[$0 - 1] }  // 0 is at the top of the page
    #expect(heights.count == 12 && rises == [4], "\(heights)")
  }

  private func writeTable() throws -> String {
    var random = TestRandom(7)
    let rows = (0..<100).map { _ in
      let (x, y) = (random.float(), random.float())
      return "\(x),\(y),\(2 * x - y),\(x > 0 ? 1 : 0),\(y > 0.5 ? 1 : 0)\n"
    }
    try folder.write(Array(("x,y,sum,positive,high\n" + rows.joined()).utf8), to: "table.csv")
    return folder / "table.csv"
  }

  @Test("a regression has its predictions over the true values, with R²") func regression() throws {
    let page = try page("--data", writeTable(), "--target", "sum", "--ignore", "positive,high")
    #expect(page.contains("<h2>Predicted and true values</h2>") && page.contains(/>sum: R² -?\d+\.\d{4}</))
    #expect(page.contains("sum: 20 predictions over their true values"))
  }

  @Test("several labels are a table with what each comes to") func labels() throws {
    let page = try page("--data", writeTable(), "--target", "positive,high", "--ignore", "sum")
    #expect(page.contains("<h2>Labels</h2>"))
    for text in [
      ">rows</th>", ">F1</th>", ">AUC</th>", #"<th scope="row">positive</th>"#, #"<th scope="row">high</th>"#,
    ] {
      #expect(page.contains(text), "\(text)")
    }
  }

  @Test("a reconstruction has its inputs with what the network makes of them") func reconstruction() throws {
    let images = try page("--data", "embedded", "--task", "reconstruction", "--model", "mlp", "--images", "200")
    #expect(images.contains("<h2>Reconstructions</h2>") && images.contains(#"alt="reconstruction 20""#))
    let rows = try page("--data", writeTable(), "--task", "reconstruction")
    #expect(rows.contains(/>sum: R² -?\d+\.\d{4}</) && rows.contains(/>x: R² -?\d+\.\d{4}</))
  }
}
