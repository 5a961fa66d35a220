import Foundation
import KobaiTextbook
import TestSupport
import Testing

/// What the pictures show: those of quick experiments in both languages, all of them where a complete run is at hand.
@Suite("Pictures of the experiments")
struct PictureTests {
  @Test("quick experiments, in both languages", arguments: quickExperiments.map(\.about.id))
  func quick(_ id: String) throws {
    let experiment = try Textbook.experiment(id)
    for language in Language.allCases {
      let lab = Lab(language: language)
      let outcome = try experiment.run(lab)
      #expect(!lab.lines.isEmpty)
      for picture in outcome.pictures {
        let svg = try SVGDocument(picture.figure.svg)
        check(svg, picture.name)
        guard language == .en else { continue }
        let file = "\(id.replacing("/", with: "-"))-\(picture.name)"
        try compare(svg, with: #require(ExpectedPicture.all.first { $0.picture == file }, "\(file) is not expected"))
      }
    }
  }

  @Test(
    "all pictures of a complete run",
    .enabled(if: RunOutput.complete != nil, "set KOBAI_TEXTBOOK_OUT to what `textbook run --all --out` wrote"))
  func complete() throws {
    let folder = try #require(RunOutput.complete)
    let output = try RunOutput(folder: folder)
    #expect(Set(output.figures.keys) == Set(Textbook.experiments.map(\.about.id)))
    let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".svg") }
    #expect(Set(files) == Set(ExpectedPicture.all.map { "\($0.picture).svg" }))
    let page = try String(contentsOfFile: "\(folder)/index.html", encoding: .utf8)
    for expected in ExpectedPicture.all {
      let svg = try output.picture(expected.picture)
      check(svg, expected.picture)
      compare(svg, with: expected)
    }
    for experiment in Textbook.experiments {
      #expect(page.contains("<code>\(experiment.about.source)</code>"))
    }
  }

  @Test("in Japanese everything is Japanese, but for names, formulas and what the book writes in Latin letters")
  func japanese() throws {
    for experiment in Textbook.experiments {
      #expect(Self.english(in: experiment.about.summary.ja) == [], "\(experiment.about.id)")
      guard let question = experiment.about.question else { continue }
      #expect(Self.english(in: question.text.ja + question.answer.ja) == [], "\(experiment.about.id)")
      #expect(!question.text.en.isEmpty && !question.answer.en.isEmpty)
    }
    for experiment in quickExperiments {
      let lab = Lab(language: .ja)
      let outcome = try experiment.run(lab)
      let texts = try outcome.pictures.flatMap { try SVGDocument($0.figure.svg).texts }
      #expect(Self.english(in: (lab.lines + texts).joined(separator: "\n")) == [], "\(experiment.about.id)")
    }
  }

  /// The words of three letters and more that are neither names nor code.
  private static func english(in text: String) -> Set<String> {
    Set(text.matches(of: /[A-Za-z][A-Za-z_]{2,}/).map { String($0.output) }).subtracting([
      // names of methods and layers, as in the Japanese book
      "AND", "NAND", "XOR", "ReLU", "Sigmoid", "Affine", "Softmax", "softmax", "with", "Loss", "Batch", "Normalization",
      "Norm", "Convolution", "Pooling", "Max", "Cross", "Entropy", "Error", "Dropout", "Weight", "decay", "SGD",
      "Momentum",
      "AdaGrad", "Adam", "Nesterov", "RMSProp", "SimpleConvNet", "DeepConvNet", "Xavier", "one", "hot", "bfloat",
      // functions and code
      "Python", "Swift", "NumPy", "python", "swift", "hungry", "print", "class", "Man", "let", "name", "String", "var",
      "count", "def", "init", "init__", "self", "func", "hello", "Hello", "goodbye", "Goodbye", "return", "man",
      "David",
      "shape", "flatten", "sin", "cos",
      "exp", "log", "tanh", "sum", "dot", "sigmoid", "relu", "step_function", "identity", "numerical_gradient",
      "argmax",
      "sum_squared_error", "cross_entropy_error", "mask", "True", "False", "nan", "square", "mean", "sqrt", "broadcast",
      "col",
      "inf", "max", "min",
      // numpy's words for shapes that do not go together
      "shapes", "and", "not", "aligned", "dim",
      "conv", "norm", "pool", "affine", "weight", "bias", "dconv", "dnorm", "daffine", "gradient", "check",
    ])
  }

  /// Nothing clipped, nothing overlapping.
  private func check(_ svg: SVGDocument, _ name: String) {
    #expect(svg.collisions == [], "\(name)")
    #expect(svg.clipped == [], "\(name)")
    #expect(svg.pointsUnderLegends == 0, "\(name)")
  }

  private func compare(_ svg: SVGDocument, with expected: ExpectedPicture) {
    #expect(svg.series == expected.series, "\(expected.picture)")
    #expect(expected.words.filter { !svg.texts.contains($0) } == [], "\(expected.picture)")
  }
}
