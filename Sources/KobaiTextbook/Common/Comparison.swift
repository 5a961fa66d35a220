import Foundation
import Kobai
import KobaiData
import KobaiReport

/// The book's smoothing of noisy curves: a Kaiser window of eleven points (common/util.py).
func smoothCurve(_ values: [Double]) -> [Double] {
  // numpy.kaiser(11, 2): I₀(2 √(1 − (2n/10 − 1)²)) / I₀(2), by the series of I₀
  func bessel(_ x: Double) -> Double {
    var (term, sum) = (1.0, 1.0)
    for k in 1...30 {
      term *= (x / 2 / Double(k)) * (x / 2 / Double(k))
      sum += term
    }
    return sum
  }
  let window = (0..<11).map { bessel(2 * max(0, 1 - pow(Double($0) / 5 - 1, 2)).squareRoot()) / bessel(2) }
  let total = window.reduce(0, +)
  guard values.count > 11 else { return values }
  return values.indices.map { i in
    let near = (0..<11).map { j in
      let k = i + j - 5
      let reflected = k < 0 ? -k : k >= values.count ? 2 * (values.count - 1) - k : k
      return values[min(max(reflected, 0), values.count - 1)] * window[j]
    }
    return near.reduce(0, +) / total
  }
}

/// Trains the same data in several ways and draws the losses together.
struct Comparison {
  let lab: Lab
  var batchSize = 128
  var steps = 2000

  typealias Contender = (name: String, architecture: any Architecture, optimizer: any Optimizer)

  /// The losses of each contender; prints them every hundred steps as the book does.
  func losses(_ contenders: [Contender]) throws -> [String: [Double]] {
    Dictionary(uniqueKeysWithValues: zip(contenders.map(\.name), try train(contenders).map(\.losses)))
  }

  /// Trains the contenders side by side, and prints their losses every hundred steps as the book does.
  func train(_ contenders: [Contender]) throws -> [BookTraining] {
    let trainings = try contenders.map { contender in
      let network = try lab.network(contender.architecture, batch: batchSize)
      return BookTraining(
        network, lab.digits.train, batchSize: batchSize, optimizer: contender.optimizer, lab: lab)
    }
    for i in 0..<steps {
      for training in trainings { try training.run(steps: 1, name: "", quietly: true) }
      guard i % 100 == 0 else { continue }
      lab.say(en: "=========== iteration:\(i) ===========", ja: "=========== 反復 \(i) ===========")
      for (contender, training) in zip(contenders, trainings) {
        let loss = (training.losses.last ?? .nan).fixed(4)
        lab.say(en: "\(contender.name):\(loss)", ja: "\(contender.name)：損失 \(loss)")
      }
      lab.report(Double(i) / Double(steps), lab.words(en: "iteration \(i)", ja: "反復 \(i)"))
    }
    for (contender, training) in zip(contenders, trainings) {
      let last = meanOfLast(training.losses)
      lab.say(
        en: "\(contender.name): last loss \(last.fixed(4))",
        ja: "\(contender.name)：最後の\(min(100, steps))回の平均損失 \(last.fixed(4))")
    }
    return trainings
  }

  /// The curves, smoothed, in the contenders' order.
  func panel(
    _ losses: [String: [Double]], order: [String], title: String = "", top: Double, size: (Double, Double) = (460, 320)
  ) -> Panel {
    Panel(
      title, x: Axis(lab.words(en: "iterations", ja: "反復回数")), y: Axis(lab.words(en: "loss", ja: "損失"), range: 0...top),
      size: size,
      order.map { name in
        let smooth = smoothCurve(losses[name] ?? [])
        return .line(.init(name, x: smooth.indices.map { Double($0 + 1) }, y: smooth, width: 1.3))
      })
  }

  /// The mean of the last hundred losses of each.
  func last(_ losses: [String: [Double]]) -> [String: [Double]] { losses.mapValues { [meanOfLast($0)] } }
}
