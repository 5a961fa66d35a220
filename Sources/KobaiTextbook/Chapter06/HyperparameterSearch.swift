import Foundation
import KobaiReport
import KobaiTuning

/// Five searches for a learning rate and a weight decay, each with the same number of epochs to spend.
///
/// A grid tries only a few values of each. Random points try more, and narrowing the ranges (section 6.5.2) spends the rest
/// where the first ones were good. Successive halving stops early what is bad early, and so begins with many more; Bayesian
/// optimisation, which the book names as the next step, models the score and tries what promises most. One run depends on
/// luck: the numbers are means of several, with other first weights and other random points in each.
public struct HyperparameterSearch: Experiment {
  public let about = About(
    "ch06/hyperparameter-search", .hyperparameters,
    en: "One budget, five searches: grid, random, narrowing, successive halving, Bayesian optimisation",
    ja: "同じ計算予算での探索の比較：グリッドサーチ、ランダムサーチ、範囲の絞り込み、逐次半減法、ベイズ最適化", usesDigits: true,
    question: Question(
      en: "Is a random search better than a grid, and what is better than both?",
      ja: "ランダムサーチはグリッドサーチより優れているのか？　さらによい方法はあるのか？",
      answerEn: "A grid tries few values of each parameter and is as good as the luck of its values; random "
        + "points try as many values as there are trials. On the same budget, stopping bad trials early "
        + "and modelling the score find good values with less luck.",
      answerJa: "グリッドサーチは各パラメータについて少数の値しか試さず、結果はその値の当たり外れに左右されますが、"
        + "ランダムサーチは試行の数だけ異なる値を試せます。同じ計算予算なら、見込みのない試行を早く打ち切る方法や、"
        + "スコアをモデル化する方法のほうが、運に左右されずによい値を見つけられます。"))
  @Setting("trials", in: 4...1000, en: "trials that the budget allows at full length", ja: "予算（最後まで学習する試行の回数に換算）")
  var trials = 25
  @Setting("epochs", in: 1...1000, en: "epochs of a trial at full length", ja: "1試行のエポック数（最後まで学習する場合）") var epochs = 18
  @Setting("images", in: 100...4000, en: "images, of which a fifth validate", ja: "画像の枚数（うち2割を検証に使う）") var images = 1000
  @Setting("runs", in: 1...100, en: "runs of each search, of which means are taken", ja: "各手法の実行回数（平均を取る）") var runs = 3
  public init() {}

  static let space = SearchSpace([
    HyperParameter("lr", in: 1e-4...1, scale: .logarithmic), HyperParameter("decay", in: 1e-5...1, scale: .logarithmic),
  ])

  private static let names = [
    Words(en: "grid", ja: "グリッドサーチ"), Words(en: "random", ja: "ランダムサーチ"),
    Words(en: "narrowing", ja: "範囲の絞り込み"), Words(en: "successive halving", ja: "逐次半減法"),
    Words(en: "Bayesian optimisation", ja: "ベイズ最適化"),
  ]

  private func search(_ number: Int, seed: UInt64) -> any Search {
    let space = Self.space
    return switch number {
    case 0: GridSearch(space, trials: trials, epochs: epochs)
    case 1: RandomSearch(space, trials: trials, epochs: epochs, seed: seed)
    case 2: NarrowingSearch(space, trials: trials, epochs: epochs, seed: seed)
    case 3: SuccessiveHalving(space, budget: trials * epochs, epochs: epochs, seed: seed)
    default: BayesianSearch(space, trials: trials, epochs: epochs, seed: seed)
    }
  }

  public func run(_ lab: Lab) throws -> Outcome {
    lab.say(
      en: "Each search may train for \(trials * epochs) epochs: which finds the best validation accuracy?",
      ja: "各手法の予算は合計\(trials * epochs)エポックの学習。検証データの認識精度が最も高くなるのはどの手法か")
    var courses = [[SearchCourse]](repeating: [], count: Self.names.count)
    for run in 0..<runs {
      let seed = lab.seed &+ UInt64(run)
      let task = TuningTask(lab, seed: seed, images: images)
      let experiment = self
      let finished = try concurrently(Self.names.count) { i in
        try task.course(of: experiment.search(i, seed: seed))
      }
      for (i, course) in finished.enumerated() { courses[i].append(course) }
      lab.report(Double(run + 1) / Double(runs), lab.words(en: "run \(run + 1)", ja: "\(run + 1)回目"))
    }
    var figures: [String: [Double]] = [:]
    for (name, courses) in zip(Self.names, courses) {
      func mean(_ value: (SearchCourse) -> Double) -> Double {
        courses.reduce(0) { $0 + value($1) } / Double(courses.count)
      }
      let (validation, test) = (mean { $0.best(after: $0.epochs) }, mean(\.test))
      let (used, count) = (mean { Double($0.epochs) }, mean { Double(Set($0.observations.map(\.trial.number)).count) })
      figures[name.en] = [validation, test, used, count]
      let best = courses[0].observations.ranked()[0].trial
      let (rate, decay) = (String(format: "%.2g", best["lr"]), String(format: "%.1g", best["decay"]))
      lab.say(
        en: "\(name.en): \(count.short) combinations in \(used.short) epochs; validation \(validation.fixed(4)), test "
          + "\(test.fixed(4)); the first run found lr \(rate), weight decay \(decay)",
        ja: "\(name.ja)：\(count.short)通りを計\(used.short)エポック学習。認識精度は検証データ \(validation.fixed(4))、テストデータ "
          + "\(test.fixed(4))。1回目の最良値は学習率 \(rate)、Weight decay \(decay)")
    }
    lab.say(
      en:
        "Successive halving and Bayesian optimisation spend the budget where it pays. What a grid finds depends on whether one of its "
        + "few values happens to lie near the best.",
      ja: "逐次半減法とベイズ最適化は、有望な点に予算を集中させます。グリッドサーチの結果は、少数の格子点のいずれかが最適値の近くにあるかどうかに左右されます。")
    let surrogate = courses[4][0].surrogate.map { [surrogatePicture($0, courses[4][0], lab)] } ?? []
    return Outcome(figures, pictures: [progress(courses, lab), trialMaps(courses.map { $0[0] }, lab)] + surrogate)
  }

  /// The best score so far over the epochs spent, means over all runs.
  private func progress(_ courses: [[SearchCourse]], _ lab: Lab) -> Picture {
    let x = Array(stride(from: 0, through: trials * epochs, by: max(1, epochs / 6)))
    let lines = zip(Self.names, courses).map { name, courses in
      let y = x.map { x in courses.reduce(0) { $0 + $1.best(after: x) } / Double(courses.count) }
      return Mark.line(.init(name(lab.language), x: x.map(Double.init), y: y, dash: name.en == "grid" ? "5 3" : nil))
    }
    let highest = courses.joined().map { $0.best(after: $0.epochs) }.max() ?? 1
    let panel = Panel(
      x: Axis(lab.words(en: "epochs of training, all trials together", ja: "学習したエポック数の合計")),
      y: Axis(
        lab.words(en: "best validation accuracy so far", ja: "その時点までの検証精度の最大値"),
        range: max(0, highest - 0.25)...min(1, highest + 0.02)), size: (460, 300), lines)
    let title = lab.words(
      en: "What \(trials * epochs) epochs find (means of \(runs) runs)",
      ja: "\(trials * epochs)エポックの予算で見つかる精度（\(runs)回の平均）")
    return Picture("hyperparameter-search", Figure(title, panel))
  }

  private static func axes(_ lab: Lab, beyond: Double = 1) -> (x: Axis, y: Axis) {
    let ranges = space.parameters.map { $0.range.lowerBound / beyond...$0.range.upperBound * beyond }
    return (
      Axis(lab.words(en: "learning rate", ja: "学習率"), range: ranges[0], scale: .logarithmic),
      Axis(lab.words(en: "weight decay", ja: "Weight decay"), range: ranges[1], scale: .logarithmic)
    )
  }

  /// Where each search looked, and what it found there.
  private func trialMaps(_ courses: [SearchCourse], _ lab: Lab) -> Picture {
    // Trials at the ends of the ranges are whole, too.
    let (x, y) = Self.axes(lab, beyond: 1.5)
    let highest = courses.flatMap { $0.observations.map(\.score) }.max() ?? 1
    let panels = zip(Self.names, courses).map { name, course in
      // The last score of each combination; what was trained longer is drawn larger.
      let last = Dictionary(course.observations.map { ($0.trial.number, $0) }) { $1 }
      let marks = last.values.sorted { ($0.trial.epochs, $0.trial.number) < ($1.trial.epochs, $1.trial.number) }.map {
        observation in
        Mark.points(
          .init(
            x: [observation.trial["lr"]], y: [observation.trial["decay"]],
            color: Palette.blue(0.15 + 0.85 * observation.score / highest),
            radius: observation.trial.epochs == epochs ? 4.5 : 2.5))
      }
      return Panel(name(lab.language), x: x, y: y, size: (190, 170), legend: .none, marks)
    }
    let bar = colourBar(lab.words(en: "accuracy", ja: "検証精度"), 0...highest, height: 170)
    let title = lab.words(
      en: "Where each search looked in its first run (small: stopped early)", ja: "各手法が1回目の実行で試した点（小さい点は途中で打ち切り）")
    return Picture("hyperparameter-search-trials", Figure(title, panels + [bar], columns: 3))
  }

  /// What Bayesian optimisation believes in the end: mean, uncertainty, and where it would look next.
  private func surrogatePicture(_ surrogate: Surrogate, _ course: SearchCourse, _ lab: Lab) -> Picture {
    let (x, y) = Self.axes(lab)
    let tried = Mark.points(
      .init(
        x: course.observations.map { $0.trial["lr"] }, y: course.observations.map { $0.trial["decay"] },
        color: Palette.series(1), radius: 2.6))
    let maps: [(title: String, sign: String, value: ([Double]) -> Double)] = [
      (lab.words(en: "mean of the accuracy", ja: "予測平均（検証精度）"), "μ", { surrogate.process.predict($0).mean }),
      (
        lab.words(en: "standard deviation", ja: "予測の標準偏差（不確かさ）"), "σ",
        { surrogate.process.predict($0).variance.squareRoot() }
      ),
      (lab.words(en: "expected improvement", ja: "期待改善量（EI）"), "EI", surrogate.expectedImprovement),
    ]
    let panels = maps.flatMap { title, sign, value in
      let map = SurrogateMap(space: Self.space, value)
      return [
        Panel(title, x: x, y: y, size: (200, 200), legend: .none, showsGrid: false, [map.bands, tried]),
        colourBar(sign, map.range, height: 200),
      ]
    }
    let title = lab.words(
      en: "What Bayesian optimisation knows after \(course.observations.count) trials (dots)",
      ja: "\(course.observations.count)回試行した後のベイズ最適化の代理モデル（点は試行した位置）")
    return Picture("hyperparameter-search-surrogate", Figure(title, panels, columns: 6))
  }
}

/// A function over two hyper-parameters, as bands of equal height on the axes of their values.
private struct SurrogateMap {
  let bands: Mark
  let range: ClosedRange<Double>

  init(space: SearchSpace, _ value: ([Double]) -> Double) {
    let contours = Contours(x: 0...1, y: 0...1, steps: 28) { value([$0, $1]) }
    let values = contours.x.flatMap { x in contours.y.map { value([x, $0]) } }
    let (low, high) = (values.min() ?? 0, values.max() ?? 1)
    let count = 9
    let levels = (1..<count).map { low + (high - low) * Double($0) / Double(count) }
    var bands = contours.bands(levels)
    if case .polygons(let polygons) = bands {
      bands = .polygons(
        polygons.map { polygon in
          Mark.Polygon(
            polygon.points.map { (space.parameters[0].value(at: $0.x), space.parameters[1].value(at: $0.y)) },
            fill: polygon.fill, stroke: polygon.fill)
        })
    }
    (self.bands, range) = (bands, low...max(high, low + 1e-9))
  }
}
