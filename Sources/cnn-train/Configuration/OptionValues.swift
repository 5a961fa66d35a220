import ArgumentParser
import Kobai

/// Adam's β₁ and β₂, typed as "0.9,0.999".
struct Betas: Codable, Equatable, ExpressibleByArgument, CustomStringConvertible {
  let first: Float
  let second: Float

  /// What the optimizers have by themselves.
  static let standard = Betas(0.9, 0.999)

  init(_ first: Float, _ second: Float) { (self.first, self.second) = (first, second) }

  init?(argument: String) {
    let numbers = numbers(argument)
    guard numbers.count == 2, numbers.allSatisfy({ (0..<1).contains($0) }) else { return nil }
    self.init(numbers[0], numbers[1])
  }

  var values: (Float, Float) { (first, second) }
  var description: String { "\(first),\(second)" }
}

/// How much each class counts, typed as "1,1,2".
struct ClassWeights: Codable, Equatable, ExpressibleByArgument, CustomStringConvertible {
  let values: [Float]

  init(_ values: [Float]) { self.values = values }

  /// What is no number becomes NaN, which ``areValid(forClasses:)`` refuses with the number of weights that are needed.
  init?(argument: String) { values = numbers(argument) }

  init(from decoder: any Decoder) throws { values = try decoder.singleValueContainer().decode([Float].self) }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(values)
  }

  func areValid(forClasses classes: Int) -> Bool {
    values.count == classes && values.allSatisfy { $0 >= 0 && $0.isFinite } && values.contains { $0 > 0 }
  }

  /// As they would be typed: 1 rather than 1.0.
  var description: String {
    values.map { "\($0)".hasSuffix(".0") ? String("\($0)".dropLast(2)) : "\($0)" }.joined(separator: ",")
  }
}

/// The height and width of images, typed as "32" or "32x48".
struct ImageSize: Codable, Equatable, ExpressibleByArgument, CustomStringConvertible {
  let height: Int
  let width: Int

  init?(argument: String) {
    let sides = argument.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard (1...2).contains(sides.count), sides.allSatisfy({ $0 > 0 }) else { return nil }
    (height, width) = (sides[0], sides[sides.count - 1])
  }

  var size: Size2D { Size2D(height, width) }
  var description: String { height == width ? "\(height)" : "\(height)x\(width)" }
}

/// The numbers of a list with commas between them; NaN for what is none.
private func numbers(_ text: String) -> [Float] {
  text.split(separator: ",", omittingEmptySubsequences: false).map { Float($0) ?? .nan }
}
