import Foundation
import KobaiTextbook
import TestSupport
import Testing

/// The article that says where each of the book's scripts is.
@Suite("The book's scripts and their counterparts")
struct BookScriptsTests {
  /// The Python files of oreilly-japan/deep-learning-from-scratch, as of commit 07b1161 (November 2024).
  private static let scripts = [
    "ch01": "hungry img_show man simple_graph sin_cos_graph sin_graph",
    "ch02": "and_gate nand_gate or_gate xor_gate",
    "ch03": "mnist_show neuralnet_mnist neuralnet_mnist_batch relu sig_step_compare sigmoid step_function",
    "ch04": "gradient_1d gradient_2d gradient_method gradient_simplenet train_neuralnet two_layer_net",
    "ch05": "buy_apple buy_apple_orange gradient_check layer_naive train_neuralnet two_layer_net",
    "ch06": "batch_norm_gradient_check batch_norm_test hyperparameter_optimization optimizer_compare_mnist "
      + "optimizer_compare_naive overfit_dropout overfit_weight_decay weight_init_activation_histogram weight_init_compare",
    "ch07": "apply_filter gradient_check simple_convnet train_convnet visualize_filter",
    "ch08": "awesome_net deep_convnet half_float_network misclassified_mnist train_deepnet",
    "common": "__init__ functions gradient layers multi_layer_net multi_layer_net_extend optimizer trainer util",
    "dataset": "__init__ mnist",
  ].flatMap { folder, names in names.split(separator: " ").map { "\(folder)/\($0).py" } }

  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private static let article: String? = try? String(
    contentsOf: root.appendingPathComponent("Sources/KobaiTextbook/KobaiTextbook.docc/TheBooksScripts.md"),
    encoding: .utf8)

  /// The rows of the article's tables: a cell each for the book's and for Kobai's side.
  private static var rows: [(book: String, here: String)] {
    (article ?? "").split(separator: "\n").compactMap { line in
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      return line.hasPrefix("|") && cells.count == 2 && !cells[0].hasPrefix("-") && cells[1] != "In Kobai"
        ? (cells[0], cells[1]) : nil
    }
  }

  private static func code(in text: String) -> [String] { text.matches(of: /`([^`]+)`/).map { String($0.output.1) } }

  @Test("every script of the book has one row, and no row is about another one")
  func everyScript() {
    let named = Self.rows.flatMap { Self.code(in: $0.book) }
    #expect(Self.scripts.count == 59)
    #expect(named.sorted() == Self.scripts.sorted())
  }

  @Test("every experiment, file and command that the article names is there")
  func everyCounterpart() throws {
    let ids = Set(Textbook.experiments.map(\.about.id))
    let help = try [["--help"], ["help"]].map { try Command.run("cnn-train", $0).output }.joined()
    #expect(Self.rows.allSatisfy { !Self.code(in: $0.here).isEmpty })
    let prose = (Self.article ?? "").split(separator: "\n").filter { !$0.hasPrefix("|") }.joined(separator: "\n")
    let named = Self.rows.flatMap { Self.code(in: $0.here) } + Self.code(in: prose).filter { $0.hasPrefix("ch0") }
    for name in named {
      if name.hasPrefix("Sources/") {
        #expect(FileManager.default.fileExists(atPath: Self.root.appendingPathComponent(name).path), "\(name)")
      } else if name.hasPrefix("cnn-train ") {
        for word in name.split(separator: " ").dropFirst() { #expect(help.contains(word), "\(name)") }
      } else if name != "--book-weights" {
        #expect(ids.contains(name), "\(name)")
      }
    }
  }
}
