import Foundation
import Testing

@testable import KobaiTraining

@Suite struct ScheduleTests {
  private func rates(_ schedule: Schedule, steps: Int, perEpoch: Int = 10) -> [Float] {
    (0..<steps).map { schedule.rate(1, step: $0, perEpoch: perEpoch, total: steps) }
  }

  @Test func constantStays() {
    #expect(rates(.constant, steps: 5) == [1, 1, 1, 1, 1])
  }

  @Test func stepFallsAfterWholeEpochs() {
    let rates = rates(.step(epochs: 2, factor: 0.5), steps: 50)
    #expect(rates[19] == 1 && rates[20] == 0.5 && rates[39] == 0.5 && rates[40] == 0.25)
  }

  @Test func cosineFallsToZero() {
    let rates = rates(.cosine, steps: 100)
    #expect(rates[0] == 1)
    #expect(abs(rates[50] - 0.5) < 1e-6)
    #expect(rates[99] < 0.001)
    #expect(zip(rates, rates.dropFirst()).allSatisfy { $0 > $1 })
  }

  /// From PyTorch 2.15:
  /// ```
  /// o = torch.optim.SGD([p], lr=1.); s = torch.optim.lr_scheduler.OneCycleLR(o, max_lr=1., total_steps=20)
  /// for i in range(20): print(o.param_groups[0]['lr']); o.step(); s.step()
  /// ```
  @Test func oneCycleIsPyTorchs() {
    let pytorch: [Float] = [
      0.04, 0.13167184, 0.37167184, 0.66832816, 0.90832816, 1.0, 0.98746401, 0.95048463, 0.89091618, 0.81174565,
      0.716943, 0.61126202, 0.500002, 0.38874198, 0.283061, 0.18825835, 0.10908782, 0.04951937, 0.01253999, 4e-06,
    ]
    for (i, rate) in rates(.oneCycle(), steps: 20).enumerated() {
      #expect(abs(rate - pytorch[i]) < 1e-6, "step \(i)")
    }
  }

  /// The same with `pct_start=0.25, anneal_strategy="linear"`.
  @Test func oneCycleInStraightLinesIsPyTorchs() {
    let pytorch: [Float] = [
      0.04, 0.28, 0.52, 0.76, 1.0, 0.9333336, 0.8666672, 0.8000008, 0.7333344, 0.666668, 0.6000016, 0.5333352,
      0.4666688, 0.4000024, 0.333336, 0.2666696, 0.2000032, 0.1333368, 0.0666704, 4e-06,
    ]
    for (i, rate) in rates(.oneCycle(warmup: 0.25, annealing: .linear), steps: 20).enumerated() {
      #expect(abs(rate - pytorch[i]) < 1e-6, "step \(i)")
    }
    #expect(rates(.oneCycle(warmup: 0.25), steps: 4)[0] == 1, "a rise of one step is over at once")
  }

  @Test func triangularRisesAndFallsInStraightLines() {
    let rates = rates(.triangular(), steps: 100)
    #expect(rates[0] == 0.04 && abs(rates[15] - 0.52) < 1e-6 && abs(rates[30] - 1) < 1e-6)
    #expect(abs(rates[65] - 0.5) < 1e-6 && abs(rates[99] - 1 / 70) < 1e-6)
    #expect(rates.allSatisfy { $0 <= 1 })
  }

  @Test func cosineIsRightToTheLastDigits() {
    for i in 0...1000 {
      let t = Double(i) / 1000
      #expect(abs(cosineOfHalfTurns(t) - cos(Double.pi * t)) < 1e-15)
    }
  }
}
