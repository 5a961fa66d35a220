import KobaiKernels

/// Batch normalisation over shards that several processes share out: each computes the statistics and the sums of its own, and all
/// combine those of all, shard by shard in double precision.
extension Normalisation {
  /// Makes `mean` and `inverseStd` those of all shards, and moves the running statistics.
  func shareStatistics(
    _ kernels: Kernels, _ sharded: ShardedBatch, _ x: Tensor?, moments: Tensor?, _ workspace: Workspace
  ) throws {
    let channels = mean.count
    let rows = try sharded.mine.map { shard -> [Float] in
      guard let x, !shard.isEmpty else { return [Float](repeating: 0, count: 2 * channels) }
      let (mean, variance, moments) = (Tensor([channels]), Tensor([channels]), moments?.slice(shard))
      try kernels.batchNormStatistics(
        shape(batch: shard.count), x.slice(shard).span, moments: moments.span, mean: mean.mutableSpan,
        variance: variance.mutableSpan, workspace: workspace)
      return mean.elements + variance.elements
    }
    let all = try sharded.gather(rows)
    let (whole, plane) = (Double(sharded.whole), Double(shape(batch: 1).plane))
    let variances = Tensor([channels])
    var means = mean.mutableSpan
    var spread = variances.mutableSpan
    for channel in 0..<channels {
      var (total, squares) = (0.0, 0.0)
      for (row, count) in zip(all, sharded.counts) { total += Double(count) * Double(row[channel]) }
      let center = total / whole
      for (row, count) in zip(all, sharded.counts) {
        let distance = Double(row[channel]) - center
        squares += Double(count) * (Double(row[channels + channel]) + distance * distance)
      }
      means[channel] = Float(center)
      spread[channel] = Float(squares / whole)
    }
    try kernels.batchNormInverseStd(variance: variances.span, epsilon: epsilon, into: inverseStd.mutableSpan)
    moveRunningStatistics(variances, samples: whole * plane)
  }

  /// What a process without samples does in a forward pass.
  func forwardWithoutSamples(_ kernels: Kernels, _ workspace: Workspace) throws {
    guard let sharded = scope.shardedBatch else { return }
    try shareStatistics(kernels, sharded, nil, moments: nil, workspace)
  }

  /// The variance without bias, as in PyTorch.
  private func moveRunningStatistics(_ variance: Tensor, samples: Double) {
    let (momentum, unbiased) = (shape(batch: 1).momentum, Float(samples > 1 ? samples / (samples - 1) : 1))
    let mean = mean.span
    let variance = variance.span
    var runningMean = runningMean.mutableSpan
    var runningVariance = runningVariance.mutableSpan
    for channel in mean.indices {
      runningMean[channel] = (1 - momentum) * runningMean[channel] + momentum * mean[channel]
      runningVariance[channel] = (1 - momentum) * runningVariance[channel] + momentum * (unbiased * variance[channel])
    }
  }

  /// Makes the gradients of gamma and beta those of all shards, and `shortcut` the gradient of the activation's input.
  func shareSums(
    _ kernels: Kernels, _ dy: Tensor?, x: Tensor?, kept: Tensor?, shortcut: Tensor?, _ workspace: Workspace
  ) throws {
    guard let sharded = scope.shardedBatch else { return }
    let channels = mean.count
    let rows = try sharded.mine.map { samples -> [Float] in
      guard let dy, let x, !samples.isEmpty else { return [Float](repeating: 0, count: 2 * channels) }
      let (dGamma, dBeta) = (Tensor([channels]), Tensor([channels]))
      let (kept, argmax, shortcut) = (kept?.slice(samples), argmax(of: samples), shortcut?.slice(samples))
      try kernels.batchNormBackward(
        shape(batch: samples.count), dy.slice(samples).span, x: x.slice(samples).span, kept: kept.span,
        argmax: argmax.span, gamma: gamma.value.span, beta: beta.value.span, mean: mean.span,
        inverseStd: inverseStd.span, dx: nil, dShortcut: shortcut.mutableSpan,
        dGamma: dGamma.mutableSpan, dBeta: dBeta.mutableSpan, workspace: workspace)
      return dGamma.elements + dBeta.elements
    }
    let all = try sharded.gather(rows)
    var dGamma = gammaGradient.mutableSpan
    var dBeta = betaGradient.mutableSpan
    for channel in 0..<channels {
      dGamma[channel] = Float(all.reduce(0.0) { $0 + Double($1[channel]) })
      dBeta[channel] = Float(all.reduce(0.0) { $0 + Double($1[channels + channel]) })
    }
  }
}
