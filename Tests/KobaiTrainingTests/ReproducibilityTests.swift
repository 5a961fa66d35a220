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
  private static let goldenSimple = "7bebd646d256f1f53f3e4222574dde8dbc2e77684eba2fc09918d28d5d0bda16"
  private static let goldenDeep = "393e31a21d8b902ff89a657f9c1bf07d243df43dc0f7c0206cb09f4b82d6f85f"
  private static let goldenSprint = "09db19d5494e4a27a2682f36c98ced9ab157ac4a274152f3b596481e1e5c4206"
  private static let goldenNorm = "487b90af7ea15b13ef57b5873346669f1a1d399e8ebbc8983d7ae6e8287b8d9b"

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
