import ArgumentParser
import Foundation

/// "1,2,4"
struct CountList: ExpressibleByArgument, CustomStringConvertible {
  let counts: [Int]

  var description: String { counts.map(String.init).joined(separator: ",") }

  init(_ counts: [Int]) { self.counts = counts }
  init?(argument: String) {
    let counts = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard counts.allSatisfy({ $0 > 0 }) else { return nil }
    self.counts = counts
  }
}

/// "highest,medium": some of an enumeration's cases, one at least.
struct ChoiceList<Choice>: ExpressibleByArgument, CustomStringConvertible
where Choice: CaseIterable & RawRepresentable, Choice.RawValue == String {
  let choices: [Choice]

  static var allValueStrings: [String] { Choice.allCases.map(\.rawValue) }
  var description: String { choices.map(\.rawValue).joined(separator: ",") }

  init(_ choices: [Choice]) { self.choices = choices }
  init?(argument: String) {
    let names = argument.split(separator: ",", omittingEmptySubsequences: false)
    choices = names.compactMap { Choice(rawValue: String($0)) }
    guard choices.count == names.count else { return nil }
  }
}

/// "64,64,64;100,10,784,n,t": shapes with semicolons between them, their parts with commas.
struct ShapeList: ExpressibleByArgument, CustomStringConvertible {
  let shapes: [[String]]

  var description: String { shapes.map { $0.joined(separator: ",") }.joined(separator: ";") }

  init(_ text: String) {
    shapes = text.split(separator: ";", omittingEmptySubsequences: false).map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces) }
    }
  }
  init?(argument: String) { self.init(argument) }

  /// The numbers of each shape and the words after them.
  ///
  /// - Parameters:
  ///   - form: the numbers' names, with commas.
  ///   - least: the smallest that each may be, by name; 1 for the others. The largest is what a BLAS counts with; sums of such
  ///     numbers stay far from an overflow.
  ///   - words: the words' names. Without, a shape has numbers alone.
  func numbers(
    _ form: String, least: [String: Int] = [:], words: String? = nil
  ) throws -> [(numbers: [Int], words: [String])] {
    let names = form.split(separator: ",").map(String.init)
    return try shapes.map { parts in
      let shape = parts.joined(separator: ",")
      let numbers = parts.prefix(names.count).compactMap { Int($0) }
      let rest = Array(parts.dropFirst(names.count))
      guard numbers.count == names.count, rest.isEmpty || words != nil else {
        throw ValidationError(
          "--shapes \"\(shape)\" is no shape; the form is \(form)\(words.map { "[,\($0)]" } ?? "")")
      }
      for (name, number) in zip(names, numbers) {
        let range = (least[name] ?? 1)...Int(Int32.max)
        guard range.contains(number) else {
          throw ValidationError("--shapes \(shape): \(name) must be \(range.lowerBound) to \(range.upperBound)")
        }
      }
      return (numbers, rest)
    }
  }
}
