import TestSupport
import Testing

@testable import Kobai

/// Sizes that no memory holds, negative ones, and none at all, as damaged or hostile descriptions may have them: a
/// network of them is refused by an error that names the layer, and the process goes on.
@Suite struct AbsurdSizesTests {
  private static let sizes = [
    Int.min, Int.min + 1, -(1 << 62), -(1 << 31), -2, -1, 0, 1, 2, 3, 5, 1 << 20, 1 << 31, (1 << 31) - 1, 1 << 32,
    3 << 40,
    1 << 45, 1 << 46, 1 << 47, 1 << 61, 1 << 62, .max - 1, .max,
  ]
  private static let numbers: [Float] = [.nan, -.nan, .infinity, -.infinity, -1, 0, -0.0, 1e-38, 0.5, 1, 2, 1e38]

  private struct Draw {
    var random: TestRandom
    /// How many of the sizes are usual ones, of ten.
    let usual: Int

    mutating func size() -> Int {
      random.index(below: 10) < usual ? 1 + random.index(below: 4) : sizes[random.index(below: sizes.count)]
    }
    mutating func pair() -> Size2D { Size2D(size(), size()) }
    mutating func natural() -> Int {
      let size = size()
      return size < 0 ? 3 : size
    }
    mutating func float() -> Float {
      random.index(below: 10) < usual ? 0.5 : numbers[random.index(below: numbers.count)]
    }
    mutating func bool() -> Bool { random.bits() % 2 == 0 }
    mutating func shape() -> Shape { Shape((0..<random.index(below: 5)).map { _ in natural() }) }

    mutating func spec() -> any LayerSpec {
      switch random.index(below: 22) {
      case 0, 1, 2:
        Conv2D(
          filters: size(), kernel: pair(), stride: pair(), padding: pair(), dilation: pair(), groups: size(),
          bias: bool())
      case 3, 4:
        ConvTranspose2D(
          filters: size(), kernel: pair(), stride: pair(), padding: pair(), outputPadding: pair(), dilation: pair(),
          groups: size(), bias: bool())
      case 5: MaxPool2D(pair(), stride: pair(), padding: pair())
      case 6: AveragePool2D(pair(), stride: pair(), padding: pair())
      case 7: AdaptiveAveragePool2D(pair())
      case 8: GlobalAveragePool2D()
      case 9: Upsample(scale: pair(), mode: bool() ? .nearest : .bilinear)
      case 10: Upsample(size: pair(), mode: bool() ? .nearest : .bilinear)
      case 11: Affine(size(), bias: bool())
      case 12: Embedding(size(), size())
      case 13:
        LSTM(size(), layers: size(), bias: bool(), dropout: float(), bidirectional: bool(), returnsSequence: bool())
      case 14:
        GRU(size(), layers: size(), bias: bool(), dropout: float(), bidirectional: bool(), returnsSequence: bool())
      case 15: BatchNorm(epsilon: float(), momentum: float())
      case 16: GroupNorm(size(), epsilon: float(), affine: bool())
      case 17: LayerNorm(bool() ? nil : shape(), epsilon: float(), affine: bool(), bias: bool())
      case 18: bool() ? Dropout(float()) : Dropout2D(float())
      case 19: PReLU(perChannel: bool())
      case 20: bool() ? Softplus(beta: float(), threshold: float()) : ELU(alpha: float())
      default: bool() ? Flatten() : Softmax()
      }
    }
  }

  @Test func errorsArePrintableWhateverLayersAreCalled() {
    let error = BuildError(layer: "conv\u{7f}1", reason: "no\nsize")
    #expect(error.description == "conv\u{fffd}1: no\u{fffd}size")
  }

  @Test func errorsSayWhichLayerAndWhy() {
    func reason(_ input: Shape, _ layers: Sequential, batch: Int = 2) -> String? {
      do throws(BuildError) {
        _ = try Network(input: input, batch: batch, layers)
        return nil
      } catch { return error.description }
    }
    #expect(reason([1, 2, 3, 4], ["relu": ReLU()]) == "input: 1×2×3×4 has four axes; a sample has three at most")
    #expect(
      reason([1, 4, 4], ["conv": Conv2D(filters: 1, kernel: 2, padding: Size2D(.max))])
        == "conv: 2 images of 1×4×4, 1 filters of 2×2, stride 1×1, padding 9223372036854775807×9223372036854775807, "
        + "dilation 1×1, 1 groups: no size may be beyond 1073741824")
    #expect(
      reason([1, 4, 4], ["conv": Conv2D(filters: 1, kernel: 1, stride: Size2D(1 << 30), padding: Size2D(1 << 30))])
        == "conv: 2 images of 1×4×4, padded to 2147483652×2147483652, and 1 filters of 1×1: that is more than a process "
        + "can address")
    #expect(
      reason([1, 4, 4], ["up": ConvTranspose2D(filters: 1, kernel: 2, stride: Size2D(.max))])
        == "up: 2 images of 1×4×4, 1 filters of 2×2, stride 9223372036854775807×9223372036854775807, padding 0×0, "
        + "dilation 1×1: no size may be beyond 1073741824")
    #expect(
      reason([1, 4, 4], ["pool": MaxPool2D(2, stride: 2, padding: Size2D(1 << 62, 0))])
        == "pool: window 2×2, stride 2×2, padding 4611686018427387904×0: no size may be beyond 1073741824")
    #expect(
      reason([1, 4, 4], ["up": Upsample(scale: Size2D(2, .max))])
        == "up: scale 2×9223372036854775807 of 1×4×4: no size may be beyond 1073741824")
    #expect(
      reason([4, 4], ["lstm": LSTM(3, layers: .max)])
        == "lstm: 9223372036854775807 layers of 3 hidden elements; 1024 layers of 1073741824 are the most")
    #expect(
      reason([1000], ["a": Tanh(), "b": Sigmoid(), "c": Tanh()], batch: 1 << 35)
        == "network: its weights and values need more memory than a process can address; build it for smaller batches, or "
        + "with less layers")
  }

  /// Designs alone are checked: what is merely large would be allocated otherwise.
  @Test func noSizeEndsTheProcess() throws {
    var (refused, fitting) = (0, 0)
    for seed in 0..<20_000 as Range<UInt64> {
      var draw = Draw(random: TestRandom(seed), usual: Int(seed % 4) * 3)
      var graph = Graph()
      var x = graph.input("x", seed % 3 == 0 ? draw.shape() : Shape([draw.natural(), draw.natural(), draw.natural()]))
      let specs = (0...draw.random.index(below: 2)).map { _ in draw.spec() }
      for (i, spec) in specs.enumerated() { x = graph.append("layer\(i)", spec, [x]) }
      if draw.random.index(below: 4) == 0 {
        x = graph.append("both", draw.bool() ? Add() as any MergeSpec : Concatenate(), [x, x])
      }
      graph.output("y", x)
      let batch = [1, 2, 1 << 20, 1 << 40, .max][draw.random.index(below: 5)]
      do throws(BuildError) {
        let design = try Network.Design(graph, batch: batch, kernels: .default)
        _ = Fusion.groups(of: graph, shapes: design.shapes)
        fitting += 1
        #expect(design.shapes.allSatisfy { $0.count < Arena.limit / 4 / batch })
      } catch {
        refused += 1
        #expect(["x", "network", "layer0", "layer1", "both"].contains(error.layer), "seed \(seed): \(error)")
        #expect(!error.reason.isEmpty && !error.reason.contains("\n"), "seed \(seed): \(error)")
      }
    }
    #expect(refused > 1000 && fitting > 1000, "\(refused) refused, \(fitting) not")
  }
}
