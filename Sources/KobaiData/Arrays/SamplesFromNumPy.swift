import KobaiFiles

extension Samples {
  /// A classification of NumPy's arrays: inputs (samples, …) and classes (samples), or (samples, …) for a class at each
  /// position. Inputs stay where they are, in memory or in their file, whatever the type of their numbers.
  ///
  /// - Parameters:
  ///   - inputs: the inputs; numbers alone are inputs of shape (1).
  ///   - classes: whole numbers from 0 on.
  ///   - count: how many classes there are; one more than the largest unless given.
  ///   - weights: what each sample counts in the loss (samples); alike unless given.
  /// - Throws: `FileError` where the arrays do not fit each other, an input is no finite number, or a class no whole number in
  ///   range.
  public init(
    inputs: NumPyArray, classes: NumPyArray, of count: Int? = nil, weights: NumPyArray? = nil
  ) throws(FileError) {
    let samples = try inputs.sampleCount()
    let rows = try classes.rows(of: samples, "classes", as: inputs)
    var largest = 0
    for i in 0..<rows.count {
      for j in 0..<rows.width {
        guard let number = rows.whole(i, j), number >= 0, number < min(count ?? Int(Int32.max), Int(Int32.max)) else {
          let range = "classes are whole numbers from 0 \(count.map { "to \($0 - 1)" } ?? "on")"
          throw FileError(
            path: classes.name, reason: "sample \(i + 1) has class \(rows.float(i, j)); \(range)")
        }
        largest = max(largest, number)
      }
    }
    let shape = classes.sampleShape
    try self.init(
      inputs: inputs.finiteRows(), shape: inputs.sampleShape,
      format: .classes(count ?? largest + 1, shape: shape == [1] ? [] : shape), targets: rows,
      weights: weights?.finiteRows(of: samples, "weights", as: inputs))
  }

  /// A regression, or several labels at once as 0 and 1, of NumPy's arrays: inputs (samples, …) and targets (samples, …).
  ///
  /// - Parameters:
  ///   - inputs: the inputs; numbers alone are inputs of shape (1).
  ///   - targets: the targets; numbers alone are targets of shape (1).
  ///   - weights: what each sample counts in the loss (samples); alike unless given.
  /// - Throws: `FileError` where the arrays do not fit each other, or hold what is no finite number.
  public init(inputs: NumPyArray, targets: NumPyArray, weights: NumPyArray? = nil) throws(FileError) {
    let samples = try inputs.sampleCount()
    try self.init(
      inputs: inputs.finiteRows(), shape: inputs.sampleShape, format: .values(shape: targets.sampleShape),
      targets: targets.finiteRows(of: samples, "targets", as: inputs),
      weights: weights?.finiteRows(of: samples, "weights", as: inputs))
  }

  /// Inputs of one of NumPy's arrays (samples, …) that are their own targets.
  ///
  /// - Parameters:
  ///   - inputs: the inputs; numbers alone are inputs of shape (1).
  ///   - weights: what each sample counts in the loss (samples); alike unless given.
  /// - Throws: `FileError` where the arrays do not fit each other, or hold what is no finite number.
  public init(inputs: NumPyArray, weights: NumPyArray? = nil) throws(FileError) {
    let samples = try inputs.sampleCount()
    try self.init(
      inputs: inputs.finiteRows(), shape: inputs.sampleShape, format: .input,
      weights: weights?.finiteRows(of: samples, "weights", as: inputs))
  }
}

extension NumPyArray {
  /// The shape of one sample where the first axis counts them.
  var sampleShape: [Int] { shape.count > 1 ? Array(shape.dropFirst()) : [1] }

  /// How many samples there are where the first axis counts them.
  func sampleCount() throws(FileError) -> Int {
    guard let count = shape.first, !shape.contains(0) else {
      throw FileError(path: name, reason: "its shape is (\(NPYHeader.name(shape))); the first axis counts samples")
    }
    guard count <= Int(Int32.max) else {
      throw FileError(path: name, reason: "\(count) samples; more than \(Int32.max) have no index")
    }
    return count
  }

  /// Rows for as many samples as there are inputs.
  fileprivate func rows(of samples: Int, _ what: String, as inputs: NumPyArray) throws(FileError) -> NumberRows {
    guard try sampleCount() == samples else {
      throw FileError(
        path: name, reason: "\(shape[0]) \(what) for the \(samples) samples of \(inputs.name)")
    }
    return rows()
  }

  fileprivate func finiteRows(
    of samples: Int, _ what: String, as inputs: NumPyArray
  ) throws(FileError) -> NumberRows {
    _ = try rows(of: samples, what, as: inputs)
    return try finiteRows()
  }

  /// Rows, none of which holds an infinity or what is no number. What is too large to be looked through is taken on trust:
  /// a training on it ends when its loss is no longer a number.
  fileprivate func finiteRows() throws(FileError) -> NumberRows {
    let rows = rows()
    guard count * type.byteCount <= Self.searchedBytes, let (row, place) = rows.firstNotFinite else { return rows }
    let number = rows.width > 1 ? "number \(place + 1) of sample \(row + 1)" : "sample \(row + 1)"
    throw FileError(path: name, reason: "\(number) is \(rows.float(row, place)); it takes finite numbers")
  }

  private static let searchedBytes = 1 << 30
}
