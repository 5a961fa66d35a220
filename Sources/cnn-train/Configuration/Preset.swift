import ArgumentParser

/// Layers of options under those that were typed, by name.
enum Preset: String, CaseIterable, ExpressibleByArgument {
  /// The book's training, which is what the table of options has as defaults.
  case book
  /// The training with the fewest multiplications that predicts 99 % of MNIST's test images correctly, on 36,000 images in
  /// all.
  case sprint
  /// The shortest training found that predicts 99.5 % of them correctly.
  case longSprint = "sprint-99.5"
  /// The training of the fewest parameters found that predict 99 % of them correctly.
  case tiny = "tiny-99"
  /// The same for 99.5 %.
  case tiny995 = "tiny-99.5"
  /// A training for small photographs in colour, such as CIFAR-10's: a residual network, SGD at a rate that rises and falls in
  /// straight lines, and pictures that are flipped and cropped (after Page, "How to train your ResNet", 2018).
  case cifar

  /// The options that the preset sets for data of that size.
  ///
  /// - Throws: `ValidationError` where the data are images that are too small for its network.
  func layer(for data: DataSize) throws -> ConfigurationLayer {
    switch self {
    case .book: ConfigurationLayer()
    case .sprint: .sprint(for: data)
    case .longSprint: try .longSprint(for: data)
    case .tiny: try .tiny(.tiny(for: data), epochs: 30, of: data)
    case .tiny995: try .tiny(.tiny995(for: data), epochs: 40, of: data)
    case .cifar: .cifar
    }
  }
}

extension ConfigurationLayer {
  fileprivate static func sprint(for data: DataSize) -> ConfigurationLayer {
    let images = 36_000
    var layer = sprint(images, of: data)
    layer.model = .sprint
    layer.images = images
    layer.batchSize = 96
    layer.learningRate = 0.04
    layer.labelSmoothing = 0.12
    layer.augment = false
    return layer
  }

  fileprivate static func longSprint(for data: DataSize) throws -> ConfigurationLayer {
    var layer = sprint(240_000, of: data)
    layer.network = try .longSprint(for: data)
    layer.batchSize = 128
    layer.learningRate = 0.02
    layer.labelSmoothing = 0.1
    layer.augment = true
    return layer
  }

  /// What sprints have in common; so many images are seen in all.
  private static func sprint(_ images: Int, of data: DataSize) -> ConfigurationLayer {
    var layer = ConfigurationLayer()
    layer.epochs = max(1, images / data.images)
    layer.optimizer = .adam
    layer.betas = Betas(0.7, 0.9)
    layer.schedule = .triangular
    layer.standardize = true
    return layer
  }

  /// Few parameters take long: a sprint of so many epochs of MNIST's 60,000 images.
  fileprivate static func tiny(_ network: NetworkFile?, epochs: Int, of data: DataSize) -> ConfigurationLayer {
    var layer = sprint(60_000 * epochs, of: data)
    layer.network = network
    layer.batchSize = 128
    layer.learningRate = 0.02
    layer.betas = Betas(0.8, 0.95)
    layer.augment = true
    return layer
  }

  fileprivate static var cifar: ConfigurationLayer {
    var layer = ConfigurationLayer()
    layer.model = .resnet
    layer.epochs = 18
    layer.batchSize = 256
    layer.optimizer = .nesterov
    layer.learningRate = 0.4
    layer.weightDecay = 5e-4
    layer.schedule = .oneCycle
    layer.pctStart = 0.25
    layer.annealStrategy = .linear
    layer.labelSmoothing = 0.1
    (layer.flip, layer.crop, layer.paddingMode) = (true, 4, .reflect)
    layer.standardize = true
    return layer
  }

  /// What rows of a table need, whose columns are of any size: a network that takes them, inputs that are standardised, and
  /// batches of which there are several.
  static func table(for data: DataSize) -> ConfigurationLayer {
    var layer = ConfigurationLayer()
    guard data.form == .table else { return layer }
    layer.model = .mlp
    layer.standardize = true
    if data.images < 10_000 { layer.batchSize = min(16, data.images) }
    return layer
  }

  /// What few images need, whatever the preset: with fewer than 10,000 a network soon knows them by heart, so it sees them
  /// changed at random, for longer, and with a rate that rises and falls.
  ///
  /// - Parameter upper: the options above; where they say how images are changed, nothing is added to that.
  static func fewImages(for data: DataSize, under upper: ConfigurationLayer) -> ConfigurationLayer {
    var layer = ConfigurationLayer()
    guard data.images < 10_000 else { return layer }
    layer.epochs = 40
    layer.schedule = .oneCycle
    if upper.flip == nil && upper.crop == nil && upper.cutout == nil { layer.augment = true }
    return layer
  }
}
