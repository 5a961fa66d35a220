import Foundation
import KobaiData
import TestSupport
import Testing

@testable import KobaiTextbook

/// The numbers of the experiments that readers change.
@Suite("Settings of the experiments")
struct SettingTests {
  private func outcome(
    _ id: String, _ settings: String..., digits: Dataset? = nil, language: Language = .en
  ) throws -> (figures: [String: [Double]], lines: [String]) {
    var experiment = try Textbook.experiment(id)
    for setting in settings { experiment = try experiment.setting(setting) }
    let lab = Lab(language: language, digits: digits)
    return (try experiment.run(lab).figures, lab.lines)
  }

  @Test("names are those of a command line, meanings are in both languages, the book's value is in the range")
  func declarations() throws {
    for experiment in Textbook.experiments {
      let settings = experiment.settings
      #expect(Set(settings.map(\.name)).count == settings.count, "\(experiment.about.id)")
      #expect(experiment.chosen.isEmpty)
      for setting in settings {
        let place = "\(experiment.about.id) \(setting.name)"
        #expect(setting.name.wholeMatch(of: /[a-z][a-z0-9_]*/) != nil, "\(place)")
        #expect(!setting.meaning.en.isEmpty && !setting.meaning.ja.isEmpty, "\(place)")
        let number = try #require(Double(setting.fallbackText.prefix { $0 != " " }), "\(place)")
        #expect(setting.range.contains(number), "\(place)")
        #expect(try experiment.setting(setting.name, to: number).chosen == ["\(setting.name)=\(number.short)"])
      }
    }
    #expect(Textbook.experiments.count { !$0.settings.isEmpty } >= 35)
    #expect(Textbook.experiments.filter { $0.about.chapter >= 6 && $0.settings.isEmpty }.map(\.about.id) == [])
  }

  @Test("few steps have the mean of their losses, and data of other sizes are measured or refused in one line")
  func sizes() throws {
    #expect(
      meanOfLast([2, 4]) == 3 && meanOfLast([Double](repeating: 1, count: 50) + [Double](repeating: 3, count: 100)) == 3
    )
    let digits = try Dataset.embedded()
    let error = #expect(throws: TextbookError.self) {
      try Lab(digits: digits).firstDigits(digits.train.count + 1)
    }
    #expect(error?.description == "4001 images are asked for, but there are 4000 to train on")
    let few = try Dataset(
      name: "few",
      train: ImageSet(pixels: (0..<20 * 16).map { UInt8($0 % 251) }, size: 4, labels: (0..<20).map { $0 % 3 }),
      test: ImageSet(pixels: [UInt8](repeating: 9, count: 16), size: 4, labels: [0]), path: "few")
    let small = try outcome("ch04/why-not-accuracy", "images=20", "pixel=5", "digit=1", digits: few)
    #expect(small.figures["weights with a slope"]?[0] == 48)
    let beyond = #expect(throws: TextbookError.self) {
      try outcome("ch04/why-not-accuracy", "images=20", "pixel=406", digits: few)
    }
    #expect(beyond?.description == "pixel=406, digit=1: the images have 16 pixels and 3 classes")
  }

  @Test("an experiment is a value: what one reader sets, no other one sees")
  func copies() throws {
    let original = GradientMethod()
    let changed = try original.setting("lr", to: 0.95).setting("steps", to: 200)
    #expect(original.lr == 0.1 && original.isAsInTheBook)
    #expect(changed.lr == 0.95 && changed.steps == 200 && changed.chosen == ["lr=0.95", "steps=200"])
    #expect(try changed.setting("lr", to: 0.5).chosen == ["lr=0.5", "steps=200"])
    #expect(changed.lr == 0.95)
  }

  @Test("ch02: with another bias, AND becomes OR")
  func gates() throws {
    #expect(try outcome("ch02/logic-gates", "b=-0.2").figures["AND"] == [0, 1, 1, 1])
    #expect(try outcome("ch02/xor-gate", "b_nand=1.2").figures["XOR"] == [0, 1, 1, 1])
    #expect(try outcome("ch02/xor-gate", "b_or=-0.7").figures["XOR"] == [0, 0, 0, 0])
    #expect(try outcome("ch02/xor-gate", "b_and=-0.2").figures["XOR"] == [1, 1, 1, 1])
    #expect(try outcome("ch02/logic-gates", "w2=0", "b=-0.2").figures["AND"] == [0, 1, 0, 1])
  }

  @Test("ch03: other inputs, other outputs")
  func forward() throws {
    #expect(try outcome("ch03/softmax", "a1=1", "a2=1", "a3=1").figures["softmax"] == [1 / 3.0, 1 / 3.0, 1 / 3.0])
    for (id, x, y) in [("ch03/step-function", -3.0, 0.0), ("ch03/sigmoid", 0, 0.5), ("ch03/relu", 3, 3)] {
      let typed = "x=\(x)"
      #expect(try outcome(id, typed).figures["values"]?.last == y, "\(id)")
      #expect(try outcome(id, typed).lines[0].contains(", \(x.short)]) = "), "\(id)")
    }
    #expect(abs((try outcome("ch03/sig-step-compare", "k=4").figures["slope"]?[0] ?? 0) - 1) < 1e-6)
    #expect(try outcome("ch03/matrix-products", "x1=0", "x2=10").figures["Y"] == [20, 40, 60])
    #expect(try outcome("ch03/activation-compare", "x=-2").lines.last == "ReLU: f(-2) = 0.0000, f'(-2) = 0.0000")
  }

  @Test("ch04: h, learning rate, steps and start")
  func derivatives() throws {
    let forward = try outcome("ch04/gradient-1d", "h=1e-4")
    #expect(abs((forward.figures["forward"]?[0] ?? 0) - 0.200001) < 1e-8)
    #expect(forward.lines[0].hasPrefix("forward, h = 0.0001: 0.20000"))
    let descent = try outcome("ch04/gradient-method", "x0=2", "x1=1", "lr=0.25", "steps=3").figures
    #expect(descent.keys.sorted() == ["path (2, 1)"])
    let end = try #require(descent["path (2, 1)"])
    #expect(abs(end[0] - 0.25) < 1e-9 && abs(end[1] - 0.125) < 1e-9)
    #expect(try outcome("ch04/least-squares", "steps=10").figures["iterations"] == [10])
  }

  @Test("ch04: a training with other numbers says so")
  func training() throws {
    let few = try outcome(
      "ch04/train-neuralnet", "steps=3", "batch=10", "hidden=4", digits: .embedded(), language: .ja)
    #expect(few.lines[0] == "訓練画像4000枚、バッチサイズ10：1エポックは400回の反復")
    #expect(few.figures["loss"]?.count == 1 && few.figures["train"]?.count == 1)
  }

  @Test("ch03 and ch04: graphs are drawn as far as asked")
  func ranges() throws {
    for id in ["step-function", "sigmoid", "relu", "sig-step-compare"] {
      let experiment = try Textbook.experiment("ch03/\(id)").setting("range=50")
      let picture = try #require(experiment.run(Lab()).pictures.first)
      #expect(try SVGDocument(picture.figure.svg).texts.contains("-40"), "\(id)")
    }
  }

  @Test("ch04: the losses of other outputs and of another ε")
  func losses() throws {
    let losses = try outcome("ch04/loss-functions", "y=1", "epsilon=1e-300").figures
    #expect(losses["entropies"]?[0] == 0)
    #expect(abs((losses["batch"]?[0] ?? 0) - log(10) / 2) < 1e-12)
  }

  @Test("ch05: other inputs to ReLU and sigmoid, and another derivative from behind")
  func activations() throws {
    let figures = try outcome("ch05/activation-layers", "x11=-1", "x12=2", "x21=0", "x22=0", "dout=3").figures
    #expect(figures["relu"] == [0, 2, 0, 0] && figures["relu dx"] == [0, 3, 0, 0])
    #expect(figures["sigmoid dx"]?[2] == 0.75 && (figures["difference"]?[0] ?? 1) < 1e-9)
  }

  @Test("ch05: more apples cost more")
  func apples() throws {
    let three = try outcome("ch05/buy-apple", "apple_num=3")
    #expect(three.lines == ["price: 330", "dApple: 3.3000000000000003", "dApple_num: 110", "dTax: 300"])
  }

  @Test("ch06: one step of each optimizer; one epoch and one rate of dropout")
  func techniques() throws {
    let step = try #require(outcome("ch06/optimizer-compare-naive", "steps=1", "lr_sgd=0.5").figures["SGD"])
    #expect(abs(step[0] + 6.65) < 1e-12 && abs(step[1]) < 1e-12)
    let dropout = try outcome(
      "ch06/overfit-dropout", "ratio=0.3", "epochs=1", "images=100", "hidden=10", digits: .embedded())
    #expect(dropout.lines.filter { $0.hasPrefix("dropout") } == ["dropout 0.0", "dropout 0.3"])
  }

  @Test("ch06: L1 makes weights nothing, L2 makes them small; the penalty is in the loss")
  func penalties() throws {
    let digits = try Dataset.embedded()
    let small = ["epochs=40", "images=100", "hidden=20", "lr=0.05"]
    func figures(_ id: String, _ setting: String) throws -> [String: [Double]] {
      var experiment = try Textbook.experiment(id)
      for one in small + [setting] { experiment = try experiment.setting(one) }
      return try experiment.run(Lab(digits: digits)).figures
    }
    let (none, strong) = (
      try figures("ch06/weight-penalties", "l1=0"), try figures("ch06/weight-penalties", "l1=0.03")
    )
    let (zeros, without) = (try #require(strong["L1 near zero"])[0], try #require(none["L1 near zero"])[0])
    #expect(zeros > 0.4 && without < 0.05)
    #expect(none["L1 near zero"] == none["none near zero"] && none["L2"] == strong["L2"])
    let decayed = try figures("ch06/overfit-weight-decay", "decay=0.5")
    let (loss, total) = (try #require(decayed["loss"]), try #require(decayed["loss with penalty"]))
    #expect(total[0] == loss[0] && total[1] > loss[1] && loss[1] > loss[0])
    #expect(try #require(decayed["first loss with penalty"])[1] > total[1])
  }

  @Test("ch06: as many layers as are asked for, against one")
  func layers() throws {
    let few = try outcome(
      "ch06/weight-init-compare", "layers=2", "steps=3", "hidden=5", "batch=10", "std=0.1", digits: .embedded())
    #expect(few.figures.keys.contains("2 std=0.1") && few.figures.keys.contains("1 He accuracy"))
    let one = try outcome(
      "ch06/weight-init-compare", "layers=1", "steps=3", "hidden=5", "batch=10", digits: .embedded())
    #expect(one.figures.count == 6)
  }

  @Test("ch06: searches keep to their budget, and come to the same whenever they run")
  func searches() throws {
    let digits = try Dataset.embedded()
    let small = ["trials=6", "epochs=3", "images=100", "runs=1"]
    func run(_ language: Language) throws -> (Outcome, [String]) {
      var experiment: any Experiment = HyperparameterSearch()
      for setting in small { experiment = try experiment.setting(setting) }
      let lab = Lab(language: language, digits: digits)
      return (try experiment.run(lab), lab.lines)
    }
    let (english, _) = try run(.en)
    let (japanese, lines) = try run(.ja)
    #expect(english.figures == japanese.figures)
    #expect(lines[0] == "各手法の予算は合計18エポックの学習。検証データの認識精度が最も高くなるのはどの手法か")
    #expect(
      english.figures.mapValues { [$0[2], $0[3]] } == [
        "grid": [18, 6], "random": [18, 6], "narrowing": [18, 6], "successive halving": [17, 11],
        "Bayesian optimisation": [18, 6],
      ])
    #expect(english.pictures.count == 3)
    let dots = try SVGDocument(english.pictures[1].figure.svg)
    #expect(dots.texts.contains("successive halving"))
  }

  @Test("ch06: Bayesian optimisation with other numbers of trials")
  func bayesian() throws {
    let outcome = try outcome(
      "ch06/bayesian-optimization", "trials=4", "first=2", "epochs=1", "images=100", "points=3", digits: .embedded())
    #expect(outcome.figures["rates"]?.count == 4 && outcome.lines.count == 5)
    #expect(
      outcome.lines[1].hasPrefix("trial 2 (random): lr ") && outcome.lines[2].hasPrefix("trial 3 (largest EI): lr "))
  }

  @Test("ch06 and ch07: the graph of batch normalisation, and windows of pooling")
  func windows() throws {
    let graph = try outcome("ch06/graph-batch-norm", "gamma=2", "beta=-1").figures
    #expect(graph["batch-normalization γ"]?.prefix(2) == [1, 2])
    #expect(graph["batch-normalization β"]?.prefix(2) == [0, -1])
    let overlapping = try outcome("ch07/pooling", "window=3", "stride=1")
    #expect(overlapping.figures["example"] == [3, 3, 4, 4])
    #expect(overlapping.figures["gradient"] == [0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 2, 0, 0])
    #expect(overlapping.lines[0].hasPrefix("3×3 max pooling with stride 1 of"))
    #expect((overlapping.figures["differences"]?.max() ?? 1) < 1e-6)
  }

  @Test("ch07 and ch08: as many epochs as are asked for, and the text says how many")
  func epochs() throws {
    #expect(try outcome("ch07/im2col", "kernel=3", "batch=2", "stride=2").figures["batch 2"] == [18, 27])
    let digits = try fewDigits(300)
    let convnet = try outcome("ch07/train-convnet", "epochs=2", "filters=4", "hidden=10", digits: digits)
    #expect(convnet.figures["test"]?.count == 2)
    #expect(convnet.lines[0] == "SimpleConvNet: 2 epochs of 300 images (the book: 20 epochs of 60000)")
    let deep = try outcome("ch08/train-deepnet", "epochs=1", digits: digits, language: .ja)
    #expect(deep.figures["test"]?.count == 1)
    #expect(deep.lines[0] == "DeepConvNet：300枚で1エポック学習（書籍では60000枚で20エポック）")
  }

  private func fewDigits(_ count: Int) throws -> Dataset {
    let all = try Dataset.embedded().train
    let pixels = all.pixels
    let train = ImageSet(
      pixels: (0..<count * all.pixelsPerImage).map { pixels[$0] }, size: all.size,
      labels: Array(all.labels.prefix(count)))
    return try Dataset(name: "few", train: train, test: train, path: "few")
  }

  @Test("impossible values and unknown names get one line")
  func errors() throws {
    for (id, typed, line) in [
      ("ch04/gradient-method", "lr=-1", "lr=-1: ch04/gradient-method takes a number in 0 … 100"),
      ("ch04/gradient-method", "steps=2.5", "steps=2.5: ch04/gradient-method takes a whole number in 1 … 10000"),
      ("ch04/gradient-method", "step=2", "ch04/gradient-method has no parameter \"step\"; near it are steps, lr, x0"),
      ("ch05/affine-layers", "batches=2", "ch05/affine-layers has no parameter \"batches\"; near it is batch"),
      ("ch05/graph-apples", "x=1", "ch05/graph-apples has no parameters to set, and so no \"x\""),
      ("ch04/gradient-method", "lr", "\"lr\": write a name and a number, such as lr=0.1"),
      ("ch04/gradient-method", "lr=fast", "lr=fast: \"fast\" is no number"),
      ("ch04/gradient-method", "lr=nan", "lr=nan: \"nan\" is no number"),
      ("ch04/gradient-method", "lr=1,2", "lr=1,2: a parameter is set to one number; --sweep takes several"),
    ] {
      let experiment = try Textbook.experiment(id)
      let error = #expect(throws: TextbookError.self) { try experiment.setting(typed) }
      #expect(error?.description == line)
    }
  }
}
