import Kobai
import KobaiData
import KobaiScratch
import Testing

@testable import KobaiTextbook

/// Networks from scratch trained beside the same networks over kernels, step by step.
///
/// Single precision is off by 6e-8 of every number, and a step hands that on to the next one; ReLUs and maxima that lie
/// within it of their edges go the other way. At most 5e-7 of a loss was seen to come of it.
@Suite("Networks beside their twins over kernels")
struct TwinsTests {
  private func train(
    _ architecture: any Architecture, steps: Int, batch: Int,
    optimizers: (scratch: any KobaiScratch.Optimizer, kernels: any Kobai.Optimizer) = (
      KobaiScratch.SGD(lr: 0.05), Kobai.SGD(learningRate: 0.05)
    ), make: (inout RandomNumbers) -> any NeuralNetwork
  ) throws -> Twins {
    let digits = try Dataset.embedded().train
    var numbers = RandomNumbers(seed: 1)
    let network = try Network(
      input: [1, digits.size.height, digits.size.width], batch: batch, architecture, seed: 1)
    let twins = Twins(network, make(&numbers), optimizers: optimizers)
    for _ in 0..<steps { try twins.step(digits, numbers.choices(batch, below: digits.count).map(Int32.init)) }
    return twins
  }

  @Test("SimpleConvNet: the losses of 100 steps agree to 2e-6")
  func simpleConvNet() throws {
    let twins = try train(Kobai.SimpleConvNet(), steps: 100, batch: 10) {
      KobaiScratch.SimpleConvNet(lossEpsilon: 0, using: &$0)
    }
    #expect(twins.losses.scratch.count == 100 && twins.difference < 2e-6, "\(twins.difference)")
    #expect(twins.losses.scratch.suffix(10).reduce(0, +) < 10, "it learns")
  }

  @Test("DeepConvNet without dropout")
  func deepConvNet() throws {
    let twins = try train(Kobai.DeepConvNet(dropout: 0), steps: 5, batch: 4) {
      KobaiScratch.DeepConvNet(dropoutRatio: 0, lossEpsilon: 0, using: &$0)
    }
    #expect(twins.difference < 2e-6, "\(twins.difference)")
  }

  // Not Adam: the book's ε is in another place than everybody's, which moves weights with tiny gradients far apart.
  @Test("MultiLayerNet with each optimizer but Adam")
  func optimizers() throws {
    let pairs: [(any KobaiScratch.Optimizer, any Kobai.Optimizer)] = [
      (KobaiScratch.Momentum(lr: 0.01), Kobai.Momentum(learningRate: 0.01)),
      (KobaiScratch.Nesterov(lr: 0.01), Kobai.Nesterov(learningRate: 0.01)),
      (KobaiScratch.AdaGrad(lr: 0.01), Kobai.AdaGrad(learningRate: 0.01, epsilon: 1e-7)),
      (RMSprop(lr: 0.001), RMSProp(learningRate: 0.001, epsilon: 1e-7)),
    ]
    for pair in pairs {
      let twins = try train(Kobai.MultiLayerNet(hidden: [50, 50]), steps: 30, batch: 20, optimizers: pair) {
        KobaiScratch.MultiLayerNet(
          inputSize: 784, hiddenSizeList: [50, 50], outputSize: 10, lossEpsilon: 0, using: &$0)
      }
      #expect(twins.difference < 2e-6, "\(type(of: pair.0)): \(twins.difference)")
    }
  }

  @Test("MultiLayerNetExtend with batch normalisation, the book's ε on both sides")
  func batchNorm() throws {
    let design = Kobai.MultiLayerNet(hidden: [30, 30], batchNorm: true)
    let twins = try train(design.asInTheBook(), steps: 30, batch: 20) {
      MultiLayerNetExtend(
        inputSize: 784, hiddenSizeList: [30, 30], outputSize: 10, useBatchNorm: true, lossEpsilon: 0, using: &$0)
    }
    #expect(twins.difference < 2e-6, "\(twins.difference)")
  }
}
