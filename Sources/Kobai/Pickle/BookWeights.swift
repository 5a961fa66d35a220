import KobaiFiles

/// Weights that the book's Python saved: a pickle with a dictionary of numpy arrays, "W1", "b1", "W2", …
///
/// The repository of the book has two such files, `ch03/sample_weight.pkl` and `ch07/params.pkl`, and its networks write
/// more with `save_params`. Pickles are programs; this reads the few instructions that arrays need and refuses all others
/// by name, so that a file from anywhere can do no harm. Protocols 2 to 4.
public struct BookWeights {
  /// Where they were read from.
  public let path: String
  /// The arrays under the book's names and in its shapes, elements row by row: filters (out, in, height, width), affine
  /// weights (in, out).
  public let arrays: [String: (shape: [Int], elements: [Double])]
  /// The same under Kobai's names and in its shapes, layer by layer: "conv1.weight" (out, in, height, width), "affine1.weight"
  /// (out, in), "affine1.bias" (out).
  public let tensors: [NamedTensor]

  /// Larger files are refused.
  public static let largestFile = 1 << 30

  /// Reads a file and checks everything that it claims.
  ///
  /// - Throws: `FileError` with the first thing that is wrong, in one line.
  public init(contentsOf path: String) throws(FileError) { try self.init(path, try readFile(path)) }

  /// The same from the bytes of a file that was read already.
  init(_ path: String, _ bytes: [UInt8]) throws(FileError) {
    do throws(PickleError) {
      guard bytes.count <= Self.largestFile else { throw PickleError("it has \(bytes.count) bytes, more than 1 GiB") }
      let contents = try PickleReader.arrays(bytes)
      arrays = contents.mapValues { ($0.shape, $0.elements) }
      tensors = try Self.tensors(arrays)
    } catch {
      let conversion = FileFormat.pickle.conversionToSafetensors(path, bytes)
      throw FileError(path: path, reason: "is no pickle of the book's weights: \(error.reason); \(conversion)")
    }
    self.path = path
  }

  /// The arrays as Kobai's networks call them. The n-th weight with four axes belongs to "conv\(n)", the n-th with two to
  /// "affine\(n)".
  private static func tensors(
    _ arrays: [String: (shape: [Int], elements: [Double])]
  ) throws(PickleError) -> [NamedTensor] {
    let numbers = arrays.keys.filter { $0.hasPrefix("W") }.compactMap { Int($0.dropFirst()) }.sorted()
    let known = Set(numbers.flatMap { ["W\($0)", "b\($0)"] })
    if let unknown = arrays.keys.filter({ !known.contains($0) }).min() {
      throw PickleError("its array \(unknown.debugDescription) is none of W1, b1, W2, b2, … that belong together")
    }
    guard !numbers.isEmpty else { throw PickleError("it has no arrays") }
    var (tensors, convolutions, affines) = ([NamedTensor](), 0, 0)
    for number in numbers {
      guard let weight = arrays["W\(number)"], let bias = arrays["b\(number)"] else {
        throw PickleError("it has W\(number), but no b\(number)")
      }
      let outputs = weight.shape.count == 2 ? weight.shape[1] : weight.shape.first ?? 0
      guard bias.shape == [outputs] || ![2, 4].contains(weight.shape.count) else {
        throw PickleError(
          "b\(number) is \(SafetensorsFile.text(bias.shape)), and W\(number) has \(outputs) outputs")
      }
      if weight.shape.count == 4 {
        convolutions += 1
        tensors.append(("conv\(convolutions).weight", tensor(weight.shape, weight.elements)))
        tensors.append(("conv\(convolutions).bias", tensor(bias.shape, bias.elements)))
      } else if weight.shape.count == 2 {
        affines += 1
        let inputs = weight.shape[0]
        let transposed = (0..<outputs * inputs).map { weight.elements[$0 % inputs * outputs + $0 / inputs] }
        tensors.append(("affine\(affines).weight", tensor([outputs, inputs], transposed)))
        tensors.append(("affine\(affines).bias", tensor(bias.shape, bias.elements)))
      } else {
        throw PickleError("W\(number) is \(SafetensorsFile.text(weight.shape)), neither filters nor a matrix")
      }
    }
    return tensors
  }

  private static func tensor(_ shape: [Int], _ elements: [Double]) -> Tensor {
    Tensor(Shape(shape), elements.map { Float($0) })
  }
}
