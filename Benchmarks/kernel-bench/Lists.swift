import ArgumentParser
import Foundation

/// A list of counts: "1,2,4".
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

/// A list of one or more of an enumeration's cases: "highest,medium".
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

/// A list of shapes with semicolons between them, and commas between their sizes: "64,64,64;100,10,784,n,t".
struct ShapeList: ExpressibleByArgument, CustomStringConvertible {
  let shapes: [[String]]

  var description: String { shapes.map { $0.joined(separator: ",") }.joined(separator: ";") }

  init(_ text: String) {
    shapes = text.split(separator: ";", omittingEmptySubsequences: false).map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces) }
    }
  }
  init?(argument: String) { self.init(argument) }

  /// The sizes of each shape and the flags after them.
  ///
  /// - Parameters:
  ///   - form: the sizes' names, with commas.
  ///   - least: the smallest that each may be, by name; 1 for the others. The largest is what a BLAS counts with; sums of such
  ///     sizes stay far from an overflow.
  ///   - flags: the flags' names; nil where a shape has sizes alone.
  func sizes(
    _ form: String, least: [String: Int] = [:], flags: String? = nil
  ) throws -> [(sizes: [Int], flags: [String])] {
    let names = form.split(separator: ",").map(String.init)
    return try shapes.map { parts in
      let shape = parts.joined(separator: ",")
      let sizes = parts.prefix(names.count).compactMap { Int($0) }
      let rest = Array(parts.dropFirst(names.count))
      guard sizes.count == names.count, rest.isEmpty || flags != nil else {
        throw ValidationError(
          "--shapes \"\(shape)\" is no shape; the form is \(form)\(flags.map { "[,\($0)]" } ?? "")")
      }
      for (name, size) in zip(names, sizes) {
        let range = (least[name] ?? 1)...Int(Int32.max)
        guard range.contains(size) else {
          throw ValidationError("--shapes \(shape): \(name) must be \(range.lowerBound) to \(range.upperBound)")
        }
      }
      return (sizes, rest)
    }
  }
}
