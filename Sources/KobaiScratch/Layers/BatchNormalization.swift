/// Gives every column of a batch mean 0 and deviation 1, then scales and shifts it by γ and β (section 6.3; Ioffe &
/// Szegedy, 2015). Images count as rows: each pixel of each channel is a column of its own, as in the book's code.
public final class BatchNormalization: Layer {
  /// γ (columns).
  public let gamma: Parameter
  /// β (columns).
  public let beta: Parameter
  /// The mean of each column, for when the network is no longer trained.
  public private(set) var runningMean: NDArray
  /// The variance of each column, for the same.
  public private(set) var runningVariance: NDArray
  private let momentum: Double
  private let epsilon = 10e-7
  private var batch: (xc: NDArray, xn: NDArray, std: NDArray)?

  /// - Parameters:
  ///   - gamma: γ, ones to begin with.
  ///   - beta: β, zeros to begin with.
  ///   - momentum: the share of the running mean and variance that stays from batch to batch.
  public init(_ gamma: Parameter, _ beta: Parameter, momentum: Double = 0.9) {
    (self.gamma, self.beta, self.momentum) = (gamma, beta, momentum)
    (runningMean, runningVariance) = (.zeros(like: gamma.value), .zeros(like: gamma.value))
  }

  public func forward(_ x: NDArray, train: Bool) -> NDArray {
    let rows = x.reshaped(x.shape[0], -1)
    let xn = train ? normalize(rows) : (rows - runningMean) / sqrt(runningVariance + epsilon)
    return (gamma.value * xn + beta.value).reshaped(x.shape)
  }

  private func normalize(_ x: NDArray) -> NDArray {
    let mean = x.mean(axis: 0)
    let xc = x - mean
    let variance = (xc * xc).mean(axis: 0)
    let std = sqrt(variance + epsilon)
    let xn = xc / std
    batch = (xc, xn, std)
    runningMean = momentum * runningMean + (1 - momentum) * mean
    runningVariance = momentum * runningVariance + (1 - momentum) * variance
    return xn
  }

  public func backward(_ dout: NDArray) -> NDArray {
    let (xc, xn, std) = kept(batch)
    let (rows, size) = (dout.reshaped(dout.shape[0], -1), Double(dout.shape[0]))
    beta.gradient = rows.sum(axis: 0)
    gamma.gradient = (xn * rows).sum(axis: 0)
    let dxn = gamma.value * rows
    let dstd = -(dxn * xc / (std * std)).sum(axis: 0)
    let dvariance = 0.5 * dstd / std
    let dxc = dxn / std + 2 / size * xc * dvariance
    let dmean = dxc.sum(axis: 0)
    return (dxc - dmean / size).reshaped(dout.shape)
  }
}
