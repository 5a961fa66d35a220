import Foundation
import Testing

@testable import KobaiTuning

@Suite("Searches for hyper-parameters")
struct SearchTests {
  private let space = SearchSpace([
    HyperParameter("lr", in: 1e-4...1, scale: .logarithmic), HyperParameter("decay", in: 0...0.5),
  ])

  /// A hill with its top, 1, at lr = 0.02 and decay = 0.1; along the learning rate it is steeper.
  private func hill(_ trial: Trial) -> Double {
    let (a, b) = (log10(trial["lr"] / 0.02), (trial["decay"] - 0.1) / 0.5)
    return exp(-a * a * 2 - b * b)
  }

  @Test("positions and values: linear, logarithmic, whole numbers")
  func values() {
    #expect(space.values(at: [0, 0]) == [1e-4, 0] && space.values(at: [1, 1]) == [1, 0.5])
    #expect(abs(space.values(at: [0.5, 0.5])[0] - 0.01) < 1e-15 && space.values(at: [0.5, 0.5])[1] == 0.25)
    for parameter in space.parameters {
      for position in [0, 0.3, 1] {
        #expect(abs(parameter.position(of: parameter.value(at: position)) - position) < 1e-12)
      }
    }
    let batch = HyperParameter("batch", in: 16...256, scale: .logarithmic, isWhole: true)
    #expect([0, 0.5, 0.55, 0.6, 1].map(batch.value) == [16, 64, 74, 84, 256])  // of 73.5 and 84.4
  }

  @Test("a grid goes from end to end, and is the finest that the number of trials allows")
  func grid() {
    var search = GridSearch(space, trials: 9, epochs: 2)
    let trials = search.run(hill).map(\.trial)
    #expect(trials.map(\.number) == Array(0..<9) && trials.allSatisfy { $0.epochs == 2 && $0.trainedEpochs == 0 })
    #expect(trials.map(\.point) == [0, 0.5, 1].flatMap { x in [0, 0.5, 1].map { [x, $0] } })
    #expect(
      [1, 2, 8, 24, 25, 26].map { GridSearch(space, trials: $0, epochs: 1).counts } == [
        [1, 1], [2, 1], [4, 2], [6, 4], [5, 5], [5, 5],
      ])
    var one = GridSearch(space, trials: 1, epochs: 1)
    let trials1 = one.run(hill).map(\.trial)
    #expect(trials1.map(\.point) == [[0.5, 0.5]])
  }

  @Test("random points depend on the seed and on their number alone, and fill the cube")
  func random() {
    func points(_ count: Int, seed: UInt64) -> [[Double]] {
      var search = RandomSearch(space, trials: count, epochs: 1, seed: seed)
      return search.run(hill).map(\.trial.point)
    }
    let points = points(1000, seed: 1)
    #expect(Array(points.prefix(5)) == Array((0..<5).map { points[$0] }))
    #expect(self.space.dimension == 2 && Set(points.map { $0[0] }).count == 1000)
    for coordinate in 0..<2 {
      let mean = points.reduce(0) { $0 + $1[coordinate] } / 1000
      #expect(abs(mean - 0.5) < 0.03)
      let counts = Dictionary(grouping: points) { Int($0[coordinate] * 10) }.mapValues(\.count)
      #expect(counts.count == 10 && counts.values.allSatisfy { (65...135).contains($0) })
    }
    let correlation = points.reduce(0) { $0 + ($1[0] - 0.5) * ($1[1] - 0.5) } / 1000 * 12
    #expect(abs(correlation) < 0.1)
  }

  @Test("narrowing draws each round from what was good in those before")
  func narrowing() {
    var search = NarrowingSearch(space, trials: 30, epochs: 1, rounds: 3, seed: 5)
    var widths: [Double] = []
    while let trial = search.next() {
      #expect(zip(search.ranges, trial.point).allSatisfy { $0.contains($1) })
      widths.append(search.ranges[0].upperBound - search.ranges[0].lowerBound)
      search.report(Observation(trial, hill(trial)))
    }
    #expect(Set(widths).count == 3 && widths[0] == 1 && widths[29] < 0.5)
    #expect(Set(widths[0..<10]).count == 1 && Set(widths[10..<20]).count == 1)
    let top = [space.parameters[0].position(of: 0.02), space.parameters[1].position(of: 0.1)]
    #expect(search.ranges[0].contains(top[0]))
  }

  @Test("successive halving: a third goes on, from where it is, within the budget")
  func halving() {
    var search = SuccessiveHalving(space, budget: 450, epochs: 18, seed: 2)
    #expect(search.rungs == [2, 6, 18] && search.counts == [98, 32, 10])
    let observations = search.run(hill)
    #expect(observations.reduce(0) { $0 + $1.trial.cost } == 444)  // 98 · 2 + 32 · 4 + 10 · 12
    let rungs = search.rungs.map { rung in observations.filter { $0.trial.epochs == rung } }
    for k in 1..<3 {
      let best = rungs[k - 1].ranked().prefix(search.counts[k]).map(\.trial.number)
      #expect(rungs[k].map(\.trial.number) == Array(best))
      #expect(rungs[k].allSatisfy { $0.trial.trainedEpochs == search.rungs[k - 1] })
    }
    #expect(SuccessiveHalving(space, budget: 2, epochs: 2, seed: 1).rungs == [2])
  }

  @Test("a training that diverged goes no further, and does not disturb the others")
  func divergence() {
    func score(_ trial: Trial) -> Double { trial["lr"] > 0.1 ? .nan : hill(trial) }
    var halving = SuccessiveHalving(space, budget: 100, epochs: 9, seed: 1)
    #expect(halving.run(score).filter { $0.trial.trainedEpochs > 0 }.allSatisfy { !$0.score.isNaN })
    // Where fewer are left than would go on, those do.
    var few = SuccessiveHalving(space, budget: 100, epochs: 9, seed: 1)
    var count = 0
    let observations = few.run { trial in
      count += 1
      return count == 3 || trial.trainedEpochs > 0 ? 0.5 : .nan
    }
    #expect(observations.filter { $0.trial.trainedEpochs > 0 }.map(\.trial.number) == [2, 2])
    var none = SuccessiveHalving(space, budget: 100, epochs: 9, seed: 1)
    #expect(none.run { _ in .nan }.allSatisfy { $0.trial.trainedEpochs == 0 })
    var bayesian = BayesianSearch(space, trials: 15, epochs: 1, seed: 1)
    #expect(bayesian.run(score).ranked()[0].score > 0.95)
    let all = [Double.nan, 0.5, -.infinity, 0.5, 0.7].map {
      Observation(Trial(space, number: 0, point: [], epochs: 1), $0)
    }
    #expect(all.ranked().map(\.score.description) == ["0.7", "0.5", "0.5", "nan", "-inf"])
  }

  @Test("Bayesian optimisation comes closer than a grid and random points, whatever the seed", arguments: 1...5)
  func bayesian(seed: Int) {
    let seed = UInt64(seed)
    func best(_ search: some Search) -> Double {
      var search = search
      return search.run(hill).ranked()[0].score
    }
    let found = best(BayesianSearch(space, trials: 16, epochs: 1, seed: seed))
    #expect(found > 0.99)
    #expect(found > best(RandomSearch(space, trials: 16, epochs: 1, seed: seed)))
    #expect(found > best(GridSearch(space, trials: 16, epochs: 1)))
  }

  @Test("the same seed and scores, the same trials; another seed, other ones")
  func determinism() {
    func trials(_ seed: UInt64, _ family: Covariance.Family = .matern52) -> [[Trial]] {
      var searches: [any Search] = [
        RandomSearch(space, trials: 8, epochs: 1, seed: seed),
        NarrowingSearch(space, trials: 8, epochs: 1, rounds: 2, seed: seed),
        SuccessiveHalving(space, budget: 30, epochs: 9, seed: seed),
        BayesianSearch(space, trials: 8, epochs: 1, family: family, seed: seed),
      ]
      return searches.indices.map { searches[$0].run(hill).map(\.trial) }
    }
    #expect(trials(1) == trials(1))
    for (a, b) in zip(trials(1), trials(2)) { #expect(a != b) }
    #expect(trials(1)[3] != trials(1, .squaredExponential)[3])
  }

  @Test("the surrogate expects most where it would try next")
  func surrogate() throws {
    var search = BayesianSearch(space, trials: 9, epochs: 1, seed: 4)
    #expect(search.surrogate == nil)
    for _ in 0..<8 {
      guard let trial = search.next() else { break }
      search.report(Observation(trial, hill(trial)))
    }
    let surrogate = try #require(search.surrogate)
    let proposal = search.next()
    let next = try #require(proposal)
    let highest = surrogate.expectedImprovement(at: next.point)
    for i in 0...20 {
      for j in 0...20 {
        #expect(surrogate.expectedImprovement(at: [Double(i) / 20, Double(j) / 20]) <= highest * 1.001)
      }
    }
  }
}
