import ArgumentParser
import KobaiData

/// Sets of defaults.
enum RecipeName: String, CaseIterable, Codable, ExpressibleByArgument {
  /// The book's, or what few images need (see ``Recipe/fewImages``).
  case book
  /// As few multiplications as it takes to get 99 % of MNIST's test images right, 36,000 images in all.
  case sprint
}

extension RecipeOptions {
  /// The options with what their recipe says where nothing was typed.
  func completed(for data: Dataset) -> RecipeOptions {
    guard recipe == .sprint else { return self }
    let images = 36_000
    var options = self
    options.model = model ?? .sprint
    options.epochs = epochs ?? max(1, images / data.train.count)
    let available = data.train.count - validationCount(of: data)
    if available > images { options.images = self.images ?? images }
    options.batchSize = batchSize ?? min(96, options.images ?? max(available, 1))
    options.optimizer = optimizer ?? .adam
    options.learningRate = learningRate ?? 0.04
    if options.optimizer?.hasBetas ?? true { options.betas = betas ?? Betas(0.7, 0.9) }
    options.schedule = schedule ?? .triangular
    options.labelSmoothing = labelSmoothing ?? 0.12
    options.standardize = standardize ?? true
    options.augment = augment ?? false
    return options
  }
}

/// Adam's β₁ and β₂, typed as "0.9,0.999".
struct Betas: Codable, Equatable, ExpressibleByArgument, CustomStringConvertible {
  let first: Float
  let second: Float

  /// What the optimizers have by themselves.
  static let standard = Betas(0.9, 0.999)

  init(_ first: Float, _ second: Float) { (self.first, self.second) = (first, second) }

  init?(argument: String) {
    let numbers = argument.split(separator: ",", omittingEmptySubsequences: false).map { Float($0) }
    guard numbers.count == 2, let first = numbers[0], let second = numbers[1],
      (0..<1).contains(first), (0..<1).contains(second)
    else { return nil }
    self.init(first, second)
  }

  var values: (Float, Float) { (first, second) }
  var description: String { "\(first),\(second)" }
}
