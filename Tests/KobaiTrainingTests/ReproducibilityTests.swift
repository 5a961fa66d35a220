import Kobai
import KobaiData
import KobaiTraining
import TestSupport
import Testing

/// The promise: the same seed gives the same bits, whatever the thread count or instruction set.
@Suite struct ReproducibilityTests {
  /// The digest of the weights after `steps` steps with augmentation, batches of 20 and Adam.
  private func digest(_ architecture: any Architecture, steps: Int, _ kernels: Kernels, seed: UInt64 = 1) throws
    -> String
  {
    let training = SmallTraining(
      architecture: architecture, kernels: kernels, images: 20 * steps, seed: seed, schedule: .cosine,
      augmentation: Augmentation())
    let trainer = try training.trainer()
    let result = try trainer.run()
    #expect(result.steps == steps)
    return trainer.network.weightsSHA256
  }

  /// One, two and three threads, and every instruction set that this machine has.
  private static let kinds =
    [1, 2, 3].map { Kernels(threads: $0) }
    + InstructionSet.supported.filter { $0 != .best }.map { Kernels(instructionSet: $0, threads: 2) }

  /// What the weights are, for good. Where a kernel's order of operations is changed on purpose, these change, too.
  private static let goldenSimple = "7415ad4304de28dcda2b50f14eda57454589b1e6a40ec63585ac0f809d7440ce"
  private static let goldenDeep = "2a74361e168fceac3aabd04d10304befff61f0d95da20f049a35872b6ba74c12"
  private static let goldenSprint = "dbf4a4a0419881cc5f34106eb3672bf1514c19e2b85fdd9344feecd62c6285a6"
  private static let goldenNorm = "b20faba2cbf27e4089caa619e97ece817686be1cd78fa508f1f48db9b1a7c552"

  @Test(arguments: kinds)
  func simpleConvNetAfter100Steps(_ kernels: Kernels) throws {
    let digest = try digest(SimpleConvNet(), steps: 100, kernels)
    #expect(digest == Self.goldenSimple)
  }

  @Test(arguments: kinds)
  func deepConvNetAfterTwoSteps(_ kernels: Kernels) throws {
    let digest = try digest(DeepConvNet(), steps: 2, kernels)
    #expect(digest == Self.goldenDeep)
  }

  @Test(arguments: kinds)
  func sprintConvNetAfter100Steps(_ kernels: Kernels) throws {
    let digest = try digest(SprintConvNet(), steps: 100, kernels)
    #expect(digest == Self.goldenSprint)
  }

  @Test(arguments: kinds)
  func multiLayerNetWithNormAndDropoutAfter100Steps(_ kernels: Kernels) throws {
    let net = MultiLayerNet(hidden: [50, 40], activation: Tanh(), batchNorm: true, dropout: 0.2)
    let digest = try digest(net, steps: 100, kernels)
    #expect(digest == Self.goldenNorm)
  }

  @Test func anotherSeedGivesOtherWeights() throws {
    let first = try digest(SoftmaxRegression(), steps: 3, Kernels(), seed: 1)
    #expect(try digest(SoftmaxRegression(), steps: 3, Kernels(), seed: 1) == first)
    #expect(try digest(SoftmaxRegression(), steps: 3, Kernels(), seed: 2) != first)
  }
}
