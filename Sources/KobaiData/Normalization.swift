import KobaiKernels
import KobaiPreconditions

/// The normalisation of inputs: (x − mean) / deviation, with one mean and one deviation for all, or with one of each for every
/// channel of an image or every column of a table. The bytes of images are taken as byte / 255 before.
public struct Normalization: Sendable, Equatable {
  /// The means that are subtracted: one, or one for each channel.
  public let means: [Float]
  /// The standard deviations by which the differences are divided, as many as means.
  public let deviations: [Float]

  /// A normalisation by the same mean and deviation everywhere.
  public init(mean: Float, deviation: Float) { self.init(means: [mean], deviations: [deviation]) }

  /// A normalisation of each channel by its own mean and deviation.
  ///
  /// - Parameters:
  ///   - means: one mean for each channel, or one for all.
  ///   - deviations: as many deviations, finite and not 0.
  public init(means: [Float], deviations: [Float]) {
    require(
      !means.isEmpty && means.count == deviations.count,
      "\(means.count) means and \(deviations.count) deviations; each mean takes a deviation")
    (self.means, self.deviations) = (means, deviations)
  }

  /// Inputs as they are, and bytes as 0 ... 1, as in the book.
  public static let unit = Normalization(mean: 0, deviation: 1)
  /// The normalisation to mean 0 and deviation 1 over MNIST's training images.
  public static let mnist = Normalization(mean: 0.1307, deviation: 0.3081)
  /// The normalisation to mean 0 and deviation 1 over CIFAR-10's training images: red, green and blue.
  public static let cifar10 = Normalization(means: [0.4914, 0.4822, 0.4465], deviations: [0.2470, 0.2435, 0.2616])

  /// Whether it is for inputs whose shape begins with so many channels, or columns.
  public func fits(channels: Int) -> Bool { means.count == 1 || means.count == channels }

  /// Numbers of one sample, channel after channel, as they were before they were normalised.
  package func restored(_ numbers: [Float]) -> [Float] {
    let plane = numbers.count / means.count
    return numbers.indices.map { numbers[$0] * deviations[$0 / plane] + means[$0 / plane] }
  }

  /// What a byte is multiplied by, and what is then added, for each of so many channels.
  func byteScales(channels: Int) -> (scales: [Float], offsets: [Float]) {
    let each = expanded(channels)
    return (each.deviations.map { 1 / 255 / $0 }, zip(each.means, each.deviations).map { -$0 / $1 })
  }

  /// The same with a mean and a deviation for each of so many channels.
  package func expanded(_ channels: Int) -> Normalization {
    require(
      fits(channels: channels),
      "\(means.count) means and deviations do not fit inputs of \(channels) channels; it takes 1 or \(channels)")
    guard means.count == 1, channels > 1 else { return self }
    return Normalization(
      means: [Float](repeating: means[0], count: channels),
      deviations: [Float](repeating: deviations[0], count: channels))
  }
}
