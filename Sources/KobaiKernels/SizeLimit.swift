// Products and sums of sizes that callers and files give. What is beyond the largest number stays that number, which no count of
// elements is: a check then fails in its own words, where the processor's trap would have none.
infix operator *| : MultiplicationPrecedence
infix operator +| : AdditionPrecedence
infix operator -| : AdditionPrecedence

extension Int {
  /// The product, or the nearest number.
  package static func *| (a: Int, b: Int) -> Int {
    let (product, overflows) = a.multipliedReportingOverflow(by: b)
    return overflows ? ((a < 0) == (b < 0) ? .max : .min) : product
  }

  /// The sum, or the nearest number.
  package static func +| (a: Int, b: Int) -> Int {
    let (sum, overflows) = a.addingReportingOverflow(b)
    return overflows ? (a < 0 ? .min : .max) : sum
  }

  /// The difference, or the nearest number.
  package static func -| (a: Int, b: Int) -> Int {
    let (difference, overflows) = a.subtractingReportingOverflow(b)
    return overflows ? (a < 0 ? .min : .max) : difference
  }
}

/// How large sizes may be. Designs come out of files, too, and what they say there is refused before anything overflows.
package enum SizeLimit {
  /// Pixels, taps, channels, samples: the largest size along one axis. Sums of two products of two of them fit an `Int`.
  package static let axis = 1 << 30
  /// The most elements of a tensor: 128 TiB of floats, as much as a process can address.
  package static let elements = 1 << 45

  /// Whether a size is within the limit, in either direction.
  package static func holds(_ size: Int) -> Bool { -axis...axis ~= size }
  /// Whether height and width are.
  package static func holds(_ size: Size2D) -> Bool { holds(size.height) && holds(size.width) }

  /// Whether a tensor can have axes of these sizes, none of which is below zero.
  package static func holdsTensor(_ sizes: Int...) -> Bool {
    var product = 1
    for size in sizes {
      let (next, overflow) = product.multipliedReportingOverflow(by: size)
      guard !overflow, next <= elements else { return false }
      product = next
    }
    return true
  }
}
