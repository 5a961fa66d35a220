import Foundation

extension Oracle {
  /// An output pixel of adaptive pooling is the mean of the input pixels whose range, scaled, touches its own.
  public static func adaptiveAveragePool(
    planes: Int, height: Int, width: Int, to out: (height: Int, width: Int), _ x: [Double]
  ) -> [Double] {
    func window(_ i: Int, _ size: Int, _ outputs: Int) -> Range<Int> {
      Int(floor(Double(i * size) / Double(outputs)))..<Int(ceil(Double((i + 1) * size) / Double(outputs)))
    }
    return (0..<planes).flatMap { plane in
      (0..<out.height).flatMap { oy in
        (0..<out.width).map { ox in
          let (rows, columns) = (window(oy, height, out.height), window(ox, width, out.width))
          let total = rows.reduce(0.0) { sum, y in
            columns.reduce(sum) { $0 + x[(plane * height + y) * width + $1] }
          }
          return total / Double(rows.count * columns.count)
        }
      }
    }
  }

  /// Upsampling as a sum over all input pixels: each has a weight that falls linearly to zero within one pixel, or counts
  /// where it is the nearest.
  public static func upsample(
    planes: Int, height: Int, width: Int, to out: (height: Int, width: Int), bilinear: Bool, _ x: [Double]
  ) -> [Double] {
    func weights(_ i: Int, _ size: Int, _ outputs: Int) -> [Double] {
      guard bilinear else { return (0..<size).map { $0 == i * size / outputs ? 1 : 0 } }
      let place = min(max((Double(i) + 0.5) * Double(size) / Double(outputs) - 0.5, 0), Double(size - 1))
      return (0..<size).map { max(0, 1 - abs(place - Double($0))) }
    }
    let rows = (0..<out.height).map { weights($0, height, out.height) }
    let columns = (0..<out.width).map { weights($0, width, out.width) }
    return (0..<planes).flatMap { plane in
      rows.flatMap { row in
        columns.map { column in
          var total = 0.0
          for y in 0..<height where row[y] != 0 {
            for c in 0..<width { total += row[y] * column[c] * x[(plane * height + y) * width + c] }
          }
          return total
        }
      }
    }
  }

  /// Normalisation within each group of each sample; gamma and beta are (groups · channels).
  public static func groupNorm(
    samples: Int, groups: Int, channels: Int, plane: Int, epsilon: Double, _ x: [Double], gamma: [Double]?,
    beta: [Double]?
  ) -> [Double] {
    var y = x
    let size = channels * plane
    for group in 0..<samples * groups {
      let places = group * size..<(group + 1) * size
      let mean = places.reduce(0) { $0 + x[$1] } / Double(size)
      let variance = places.reduce(0) { $0 + (x[$1] - mean) * (x[$1] - mean) } / Double(size)
      for i in places {
        let channel = group % groups * channels + (i - places.lowerBound) / plane
        y[i] = (x[i] - mean) / (variance + epsilon).squareRoot() * (gamma?[channel] ?? 1) + (beta?[channel] ?? 0)
      }
    }
    return y
  }

  /// One direction of an LSTM or GRU as its equations stand: weights by gate, each step for each sample and unit.
  public struct Recurrent: Sendable {
    public var isLSTM: Bool
    public var batch: Int, steps: Int, inputs: Int, hidden: Int, reverse: Bool

    public init(isLSTM: Bool, batch: Int, steps: Int, inputs: Int, hidden: Int, reverse: Bool = false) {
      (self.isLSTM, self.batch, self.steps, self.inputs) = (isLSTM, batch, steps, inputs)
      (self.hidden, self.reverse) = (hidden, reverse)
    }

    /// The states (batch, steps, hidden).
    public func states(
      _ x: [Double], _ inputWeight: [Double], _ hiddenWeight: [Double], _ inputBias: [Double]?, _ hiddenBias: [Double]?
    ) -> [Double] {
      var y = [Double](repeating: 0, count: batch * steps * hidden)
      for sample in 0..<batch {
        var (state, cell) = ([Double](repeating: 0, count: hidden), [Double](repeating: 0, count: hidden))
        for step in reverse ? Array((0..<steps).reversed()) : Array(0..<steps) {
          let before = state
          func fromInput(_ row: Int) -> Double {
            (0..<inputs).reduce(inputBias?[row] ?? 0) {
              $0 + inputWeight[row * inputs + $1] * x[(sample * steps + step) * inputs + $1]
            }
          }
          func fromState(_ row: Int) -> Double {
            (0..<hidden).reduce(hiddenBias?[row] ?? 0) { $0 + hiddenWeight[row * hidden + $1] * before[$1] }
          }
          for j in 0..<hidden {
            func gate(_ k: Int) -> Double { fromInput(k * hidden + j) + fromState(k * hidden + j) }
            if isLSTM {
              cell[j] = sigmoid(gate(1)) * cell[j] + sigmoid(gate(0)) * tanh(gate(2))
              state[j] = sigmoid(gate(3)) * tanh(cell[j])
            } else {
              let (r, z) = (sigmoid(gate(0)), sigmoid(gate(1)))
              let n = tanh(fromInput(2 * hidden + j) + r * fromState(2 * hidden + j))
              state[j] = (1 - z) * n + z * before[j]
            }
            y[(sample * steps + step) * hidden + j] = state[j]
          }
        }
      }
      return y
    }
  }

  public static func expm1(_ x: Double) -> Double { Foundation.expm1(x) }
  public static func log1p(_ x: Double) -> Double { Foundation.log1p(x) }
  /// The distribution function of the standard normal distribution, and its density.
  public static func normal(_ x: Double) -> Double { erfc(-x / 2.0.squareRoot()) / 2 }
  public static func normalDensity(_ x: Double) -> Double { exp(-x * x / 2) / (2 * Double.pi).squareRoot() }
}
