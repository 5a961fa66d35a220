import KobaiKernels
import KobaiPreconditions

/// A number that an array of samples may hold; it becomes the nearest Float.
public protocol SampleNumber: Sendable {
  /// The nearest Float.
  var nearestFloat: Float { get }
}

/// A Float is itself.
extension Float: SampleNumber { public var nearestFloat: Float { self } }
/// A Double is rounded to the nearest Float.
extension Double: SampleNumber { public var nearestFloat: Float { Float(self) } }
/// An Int is exact up to 2²⁴, and rounded beyond.
extension Int: SampleNumber { public var nearestFloat: Float { Float(self) } }
/// An Int32 is exact up to 2²⁴, and rounded beyond.
extension Int32: SampleNumber { public var nearestFloat: Float { Float(self) } }
/// A byte is exact.
extension UInt8: SampleNumber { public var nearestFloat: Float { Float(self) } }

extension Samples {
  /// What a network should make of each sample, as arrays.
  public enum Targets: Sendable {
    /// A class for each sample, or for each position of a shape, one sample after the other. There is one class more than the
    /// largest unless it is said how many.
    case classes([Int], count: Int? = nil, shape: [Int] = [])
    /// Numbers of this shape, one sample after the other.
    case values([Float], shape: [Int])
    /// The input itself, as for an autoencoder.
    case input

    /// The same for so many samples: what they are, and a row of numbers for each unless it is the input.
    func rows(of count: Int) -> (format: TargetFormat, rows: NumberRows?) {
      switch self {
      case .input: return (.input, nil)
      case .values(let values, let shape):
        let width = shape.reduce(1, *|)
        require(values.count == count *| width, "\(values.count) targets of shape \(shape) for \(count) samples")
        return (.values(shape: shape), NumberRows(.floats(values), .float32, count: count, width: width))
      case .classes(let classes, let classCount, let shape):
        let width = shape.reduce(1, *|)
        require(classes.count == count *| width, "\(classes.count) classes of shape \(shape) for \(count) samples")
        let classCount = classCount ?? 1 +| (classes.max() ?? 0)
        require(classCount <= Int(Int32.max), "\(classCount) classes; there may be \(Int32.max)")
        for c in classes { require(c >= 0 && c < classCount, "class \(c) is not in 0 ..< \(classCount)") }
        let words = classes.map { UInt32(bitPattern: Int32($0)) }
        let rows = NumberRows(.words(words), .int32, count: count, width: width)
        return (.classes(classCount, shape: shape), rows)
      }
    }
  }

  /// Samples from arrays, which are not copied.
  ///
  /// - Parameters:
  ///   - inputs: the numbers of the inputs, one sample after the other.
  ///   - shape: the shape of one input: (channels, height, width), (columns), …
  ///   - targets: what a network should make of them; the inputs themselves unless given.
  ///   - weights: what each sample counts in the loss; alike unless given.
  public init(inputs: [Float], shape: [Int], targets: Targets = .input, weights: [Float]? = nil) {
    let width = shape.reduce(1, *|)
    require(width > 0 && shape.allSatisfy { $0 > 0 }, "inputs of shape \(shape): sizes must be positive")
    require(inputs.count % width == 0, "\(inputs.count) numbers do not make inputs of shape \(shape)")
    let count = inputs.count / width
    let (format, rows) = targets.rows(of: count)
    let weights = weights.map { NumberRows(.floats($0), .float32, count: $0.count, width: 1) }
    self.init(
      inputs: NumberRows(.floats(inputs), .float32, count: count, width: width), shape: shape, format: format,
      targets: rows, weights: weights)
  }

  /// A regression of one number: each row of inputs with a target.
  ///
  /// - Parameters:
  ///   - inputs: a row of numbers for each sample, all of one length.
  ///   - targets: a number for each sample.
  ///   - weights: what each sample counts in the loss; alike unless given.
  public init(inputs: [[some SampleNumber]], targets: [some SampleNumber], weights: [Float]? = nil) {
    self.init(rows: inputs, .values(targets.map(\.nearestFloat), shape: [1]), weights)
  }

  /// A regression of several numbers, or several labels at once as 0 and 1: each row of inputs with a row of targets.
  ///
  /// - Parameters:
  ///   - inputs: a row of numbers for each sample, all of one length.
  ///   - targets: a row of numbers for each sample, all of one length.
  ///   - weights: what each sample counts in the loss; alike unless given.
  public init(inputs: [[some SampleNumber]], targets: [[some SampleNumber]], weights: [Float]? = nil) {
    self.init(rows: inputs, .values(Self.joined(targets), shape: [targets.first?.count ?? 1]), weights)
  }

  /// A classification: each row of inputs with a class.
  ///
  /// - Parameters:
  ///   - inputs: a row of numbers for each sample, all of one length.
  ///   - classes: a class for each sample, from 0 on.
  ///   - count: how many classes there are; one more than the largest unless given.
  ///   - weights: what each sample counts in the loss; alike unless given.
  public init(inputs: [[some SampleNumber]], classes: [Int], of count: Int? = nil, weights: [Float]? = nil) {
    self.init(rows: inputs, .classes(classes, count: count), weights)
  }

  /// Rows of inputs that are their own targets.
  ///
  /// - Parameters:
  ///   - inputs: a row of numbers for each sample, all of one length.
  ///   - weights: what each sample counts in the loss; alike unless given.
  public init(inputs: [[some SampleNumber]], weights: [Float]? = nil) { self.init(rows: inputs, .input, weights) }

  private init(rows: [[some SampleNumber]], _ targets: Targets, _ weights: [Float]?) {
    self.init(inputs: Self.joined(rows), shape: [rows.first?.count ?? 1], targets: targets, weights: weights)
  }

  private static func joined(_ rows: [[some SampleNumber]]) -> [Float] {
    let width = rows.first?.count ?? 0
    var numbers: [Float] = []
    numbers.reserveCapacity(rows.count * width)
    for (i, row) in rows.enumerated() {
      require(row.count == width, "row \(i) has \(row.count) numbers, but row 0 has \(width)")
      for number in row { numbers.append(number.nearestFloat) }
    }
    return numbers
  }
}
