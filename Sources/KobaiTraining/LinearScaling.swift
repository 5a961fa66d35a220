/// The learning rate for batches of another size than the one it was found for: it grows in proportion, so that a step over k times
/// the samples goes as far as k steps did. It holds where the rate rises over the first epochs, and up to a size that depends on the
/// task, 8,192 images in the paper (Goyal et al., "Accurate, large minibatch SGD", 2017).
///
/// - Parameters:
///   - rate: the learning rate.
///   - base: the batch size that it is for.
///   - batch: the batch size of the training.
public func linearlyScaledRate(_ rate: Float, from base: Int, to batch: Int) -> Float {
  rate * Float(batch) / Float(base)
}
