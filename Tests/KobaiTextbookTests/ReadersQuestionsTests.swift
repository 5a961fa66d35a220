import Foundation
import KobaiData
import KobaiReport
import KobaiScratch
import TestSupport
import Testing

@testable import KobaiTextbook

/// The experiments that answer what readers of chapters 3 to 5 ask: their numbers, and what each setting changes.
@Suite("What readers ask in chapters 3 to 5")
struct ReadersQuestionsTests {
  private func run(
    _ id: String, _ settings: String..., digits: Dataset? = nil
  ) throws -> (figures: [String: [Double]], lines: [String], pictures: [Picture]) {
    var experiment = try Textbook.experiment(id)
    for setting in settings { experiment = try experiment.setting(setting) }
    let lab = Lab(digits: digits)
    let outcome = try experiment.run(lab)
    return (outcome.figures, lab.lines, outcome.pictures)
  }

  @Test("every one has a question and an answer of two sentences, in both languages")
  func questions() throws {
    let ids = [
      "ch03/dot-shapes", "ch03/why-exp", "ch03/network-shapes", "ch04/log-of-zero", "ch04/why-not-accuracy",
      "ch04/step-network", "ch04/tangent", "ch04/difference-error", "ch04/learning-rate-limit",
      "ch04/least-squares-rates", "ch04/forward-passes", "ch05/batch-of-three",
    ]
    for id in ids {
      let question = try #require(Textbook.experiment(id).about.question, "\(id)")
      #expect(question.text.en.hasSuffix("?") && question.text.ja.hasSuffix("？"), "\(id)")
      #expect(question.answer.en.components(separatedBy: ". ").count == 2 && question.answer.en.hasSuffix("."), "\(id)")
      #expect(question.answer.ja.count { $0 == "。" } == 2, "\(id)")
      let page = IndexPage(
        [IndexPage.Entry(try Textbook.experiment(id).about, pictures: [], lines: [])], language: .ja, conditions: "")
      #expect(page.html.contains(question.text.ja), "\(id)")
    }
  }

  @Test("every experiment of chapters 2 to 5 that is no computational graph has something to turn")
  func settings() {
    let without = Textbook.experiments.filter { (2...5).contains($0.about.chapter) && $0.settings.isEmpty }
    #expect(without.map(\.about.id).filter { !$0.hasPrefix("ch05/graph-") } == [])
  }

  @Test("ch03: vectors, rows and columns have the products that numpy gives them, and its errors")
  func dotShapes() throws {
    let (figures, lines, _) = try run("ch03/dot-shapes")
    #expect(figures["v(3,) · v(3,)"] == [14])
    #expect(figures["c(3, 1) · r(1, 3)"] == [1, 2, 3, 2, 4, 6, 3, 6, 9])
    #expect(figures["M(2, 3) · v(3,)"] == [14, 32])
    #expect(figures["A·B"] == [2, 4])
    #expect(lines.contains("v(3,) · v(3,) = ()\n14") && lines.contains("r(1, 3) · v(3,) = (1,)\n[14]"))
    #expect(
      lines.filter { $0.contains("error") } == [
        "c(3, 1) · v(3,): error: shapes (3,1) and (3,) not aligned: 1 (dim 1) != 3 (dim 0)",
        "v(3,) · M(2, 3): error: shapes (3,) and (2,3) not aligned: 3 (dim 0) != 2 (dim 0)",
        "M(2, 3) · M(2, 3): error: shapes (2,3) and (2,3) not aligned: 3 (dim 1) != 2 (dim 0)",
      ])
    let other = try run("ch03/dot-shapes", "a_rows=5", "a_columns=7", "b_rows=7", "b_columns=6")
    #expect(other.figures["A·B"] == [5, 6])
    let broken = try run("ch03/dot-shapes", "b_rows=2")
    #expect(broken.lines.last == "A(2, 3) · B(2, 4): error: shapes (2,3) and (2,4) not aligned: 3 (dim 1) != 2 (dim 0)")
    #expect(try SVGDocument(broken.pictures[0].figure.svg).texts.contains("3 ≠ 2"))
  }

  @Test("ch03: only softmax is positive, keeps the order, ignores a shift, and has the gradient y − t")
  func whyExp() throws {
    let figures = try run("ch03/why-exp").figures
    let softmax = try #require(figures["softmax, inputs"])
    for (a, b) in zip(softmax, try #require(figures["softmax, shifted"])) { #expect(abs(a - b) < 1e-15) }
    #expect(figures["a / Σa, inputs"] != figures["a / Σa, shifted"])
    #expect(figures["a / Σa, negative"] == [-6, 2, 5])
    #expect(figures["a / Σa, sum 0"]?.allSatisfy(\.isFinite) == false)
    let squares = try #require(figures["a² / Σa², negative"])
    #expect(squares[0] > squares[2], "−3 before 2.5")
    let negative = try #require(figures["softmax, negative"])
    #expect(negative == negative.sorted() && negative.allSatisfy { $0 > 0 })
    for (a, b) in zip(try #require(figures["gradient of softmax"]), try #require(figures["y - t"])) {
      #expect(abs(a - b) < 1e-9)
    }
    #expect((figures["gradient of a² / Σa²"]?[0] ?? 0) < -6)
    let other = try run("ch03/why-exp", "a1=1", "a2=1", "a3=2", "shift=-1").figures
    #expect(other["a / Σa, inputs"] == [0.25, 0.25, 0.5] && other["a / Σa, shifted"] == [0, 0, 1])
  }

  @Test("ch03: the digits' network has the book's shapes, and the lengths in its picture match")
  func networkShapes() throws {
    let (figures, lines, pictures) = try run("ch03/network-shapes")
    #expect(figures["parameters"] == [45_360])
    #expect(figures["image"] == [10] && figures["batch"] == [100, 10])
    #expect(
      lines.suffix(2) == [
        "X(784,) → Z1(50,) → Z2(100,) → Y(10,)", "X(100, 784) → Z1(100, 50) → Z2(100, 100) → Y(100, 10)",
      ])
    #expect(!pictures[0].figure.svg.contains("≠"))
    let small = try run("ch03/network-shapes", "batch=3", "hidden1=4", "hidden2=5")
    #expect(small.lines.last == "X(3, 784) → Z1(3, 4) → Z2(3, 5) → Y(3, 10)")
    #expect(!small.pictures[0].figure.svg.contains("≠"))
  }

  @Test("ch04: without 1e-7, one output of 0 makes every weight not a number")
  func logOfZero() throws {
    let figures = try run("ch04/log-of-zero").figures
    #expect(figures["y"] == [1, 0])
    let without = try #require(figures["without: loss"])
    #expect(without[0] == .infinity && without[1].isNaN)
    #expect(figures["without: batch"] == [.infinity])
    #expect(figures["without: weights"]?.allSatisfy(\.isNaN) == true)
    let with = try #require(figures["with: loss"])
    #expect(abs(with[0] + log(1e-7)) < 1e-12 && abs(with[1] + 1e-7) < 1e-12)
    #expect(figures["with: gradient"] == [0, 0] && figures["with: weights"] == [800, 0])
    #expect(figures["y - t"] == [1, -1])
    // A score that leaves y above 0 has a loss and a gradient either way.
    let milder = try run("ch04/log-of-zero", "score=2", "lr=1", "epsilon=1e-3").figures
    #expect(milder["without: weights"]?.allSatisfy(\.isFinite) == true)
    let weights = try #require(milder["with: weights"])
    #expect(weights[0] < 2 && weights[1] > 0)
    #expect((milder["with: loss"]?[0] ?? 9) < (milder["without: loss"]?[0] ?? 0))
  }

  @Test("ch04: along one weight the loss has a slope, the accuracy of a hundred images has none")
  func whyNotAccuracy() throws {
    let digits = try Dataset.embedded()
    let (figures, lines, pictures) = try run("ch04/why-not-accuracy", digits: digits)
    let slopes = try #require(figures["slopes"])
    #expect(abs(slopes[0]) > 1e-4 && slopes[1] == 0)
    let counts = try #require(figures["weights with a slope"])
    #expect(counts[0] > 4000 && counts[1] <= 5, "\(counts)")
    let (losses, accuracies) = (try #require(figures["loss"]), try #require(figures["accuracy"]))
    #expect(Set(losses).count == 401 && Set(accuracies).count < 50)
    #expect(accuracies.allSatisfy { abs($0 * 100 - ($0 * 100).rounded()) < 1e-9 })
    #expect(!lines.isEmpty)
    for picture in pictures {
      let svg = try SVGDocument(picture.figure.svg)
      #expect(svg.collisions == [] && svg.clipped == [])
    }
    let other = try run(
      "ch04/why-not-accuracy", "images=20", "steps=1", "pixel=0", "digit=3", "span=1", digits: digits)
    #expect(other.figures["slopes"] == [0, 0], "a corner is always blank")
    #expect(other.lines[0].hasPrefix("20 images: "))
  }

  @Test("ch04: behind step functions every gradient is 0; sigmoids learn XOR")
  func stepNetwork() throws {
    let figures = try run("ch04/step-network").figures
    #expect(figures["steps: gradients"] == [0, 0])
    #expect(figures["steps: loss"]?[0] == figures["steps: loss"]?[1])
    #expect(figures["steps: accuracy"]?[0] == figures["steps: accuracy"]?[1])
    let hidden = try #require(figures["hidden steps: gradients"])
    #expect(hidden[0] == 0 && hidden[1] > 0)
    #expect(figures["sigmoid: gradients"]?.allSatisfy { $0 > 0 } == true)
    #expect(figures["sigmoid: accuracy"]?[1] == 1 && (figures["sigmoid: loss"]?[1] ?? 1) < 0.01)
    let less = try run("ch04/step-network", "steps=1", "hidden=2", "lr=0").figures
    #expect(less["sigmoid: loss"]?[0] == less["sigmoid: loss"]?[1])
  }

  @Test("ch04: secants of x² at 1 have the slope 2 + h, the tangent 2")
  func tangent() throws {
    let (figures, lines, _) = try run("ch04/tangent")
    for (slope, h) in zip(try #require(figures["secants"]), [1, 0.5, 0.1, 0.01]) { #expect(abs(slope - 2 - h) < 1e-12) }
    #expect(abs((figures["slope"]?[0] ?? 0) - 2) < 1e-9)
    #expect(lines.last == "tangent: y = 2x − 1")
    #expect(
      try run("ch04/tangent", "x=-3", "h=2").lines == [
        "h = 2: slope of the secant -4", "h = 1: slope of the secant -5", "h = 0.2: slope of the secant -5.8",
        "h = 0.02: slope of the secant -5.98", "tangent: y = -6x − 9",
      ])
  }

  @Test("ch04: truncation falls with h and h², rounding grows with 1/h, and the best h is where they meet")
  func differenceError() throws {
    let figures = try run("ch04/difference-error").figures
    func slope(_ name: String) throws -> Double { try #require(figures[name]?[0]) }
    #expect(try abs(slope("forward truncation") - 1) < 0.02)
    #expect(try abs(slope("central truncation") - 2) < 0.02)
    #expect(try abs(slope("forward rounding") + 1) < 0.2 && abs(slope("central rounding") + 1) < 0.2)
    let (forward, central) = (try #require(figures["best forward"]), try #require(figures["best central"]))
    #expect((1e-9...1e-7).contains(forward[0]) && (1e-7...1e-4).contains(central[0]))
    #expect(central[1] < forward[1] / 50)
    let (_, lines, _) = try run("ch04/difference-error", "per_decade=1", "x=0")
    #expect(lines[1] == "1e-01    5.2e-02    1.7e-03")  // h/2 and h²/6 of exp at 0, and a little more
    #expect(lines.count == 19)
  }

  @Test("ch04: at η = 0.95 the path comes in, at 1 it jumps between two points, at 1.05 it goes away")
  func learningRateLimit() throws {
    let figures = try run("ch04/learning-rate-limit").figures
    for rate in [0.95, 1, 1.05] {
      let (end, factor) = (try #require(figures["lr \(rate)"]), pow(1 - 2 * rate, 20))
      #expect(abs(end[0] + 3 * factor) < 1e-6 && abs(end[1] - 4 * factor) < 1e-6, "\(rate)")
    }
    let other = try run("ch04/learning-rate-limit", "lr1=0.5", "lr2=0.9", "lr3=1.5", "steps=1", "x0=1", "x1=2").figures
    #expect(abs(other["lr 0.5"]?[0] ?? 1) < 1e-9 && abs((other["lr 1.5"]?[1] ?? 0) + 4) < 1e-9)
    #expect(abs((other["lr 0.9"]?[1] ?? 0) + 1.6) < 1e-9)
  }

  @Test("ch04: the bound of the learning rate is 2/λmax; below it the loss falls, above it grows")
  func leastSquaresRates() throws {
    let (figures, lines, _) = try run("ch04/least-squares-rates")
    #expect(abs((figures["limit"]?[0] ?? 0) - 0.022967) < 1e-6)
    for (a, b) in zip(try #require(figures["minimum"]), [1.05, 0.05]) { #expect(abs(a - b) < 1e-12) }
    let (slow, right, large) = (
      try #require(figures["η = 0.001"]), try #require(figures["η = 0.0227"]), try #require(figures["η = 0.0231"])
    )
    #expect(right.count == 101 && right == right.sorted(by: >) && slow == slow.sorted(by: >))
    #expect(right[100] < 1.37 && slow[100] > 1.6 && large[100] > large[0])
    #expect(lines[0].contains("87.0813 and 0.9187") && lines[0].contains("0.02297"))
    // Just below and just above the bound.
    let bound = try run(
      "ch04/least-squares-rates", "lr_small=0.02296", "lr_right=0.02296", "lr_large=0.02298", "steps=10000"
    ).figures
    #expect((bound["η = 0.02296"]?.last ?? 9) < 1.4 && (bound["η = 0.02298"]?.last ?? 0) > 100)
  }

  @Test("ch04: a numerical gradient goes through the network twice for every parameter, backpropagation once and back")
  func forwardPasses() throws {
    let (figures, lines, _) = try run("ch04/forward-passes")
    let parameters = try #require(figures["parameters"])
    #expect(parameters == [11, 19, 43, 83, 203, 403])
    #expect(figures["numerical"] == parameters.map { 2 * $0 })
    #expect(figures["backpropagation"] == parameters.map { _ in 2 })
    #expect(figures["book"] == [79_520])
    #expect(lines[0].hasPrefix("4-1-3, 11 parameters: 22 forward passes; backpropagation 1 forward, 1 backward"))
    let other = try run("ch04/forward-passes", "inputs=2", "outputs=2", "hidden=2", "batch=1").figures
    #expect(other["parameters"] == [7, 12] && other["numerical"] == [14, 24])
  }

  @Test("ch05: a batch of three has its shapes at every layer; the sum's gradient is three times the mean's")
  func batchOfThree() throws {
    let (figures, lines, pictures) = try run("ch05/batch-of-three")
    #expect(figures["forward"] == [3, 4, 3, 5, 3, 5, 3, 2])
    #expect(figures["backward"] == [3, 2, 3, 5, 3, 5, 3, 4])
    #expect(lines.contains("Affine1 ← (3, 4)  dW(4, 5) db(5,)"))
    let losses = try #require(figures["losses"])
    #expect(losses.count == 3 && abs(losses.reduce(0, +) / 3 - (figures["mean"]?[0] ?? 0)) < 1e-12)
    for (i, size) in [1.0, 3, 10, 30, 100, 300].enumerated() {
      let (sum, mean) = (try #require(figures["sum"]?[i]), try #require(figures["mean gradient"]?[i]))
      #expect(abs(sum / mean - size) < 1e-9 * size)
    }
    #expect(!pictures[0].figure.svg.contains("≠"))
    let other = try run("ch05/batch-of-three", "batch=2", "inputs=3", "hidden=6", "outputs=7")
    #expect(other.figures["forward"] == [2, 3, 2, 6, 2, 6, 2, 7])
    #expect(!other.pictures[0].figure.svg.contains("≠"))
  }

  @Test("ch04: from (-2, 3) in 100 steps, a line for each of the first ten and for every tenth after them")
  func descentInRows() throws {
    let lines = try run("ch04/gradient-method").lines.filter { $0.hasPrefix(" ") }
    #expect(lines.count == 20)
    #expect(lines[1] == "    1           -1.6            2.4           8.32")
    #expect(lines[19].hasPrefix("  100   -4.07407e-10    6.11111e-10"))
    #expect(printedSteps(of: 12) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12])
    #expect(printedSteps(of: 10_000).count == 11 + 10)
    #expect(try run("ch04/gradient-method", "steps=30").lines.count { $0.hasPrefix(" ") } == 13)
  }
}
