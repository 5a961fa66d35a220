import Foundation
import Kobai

/// The elements of a file's tensor, wherever the file has them.
extension ONNXTensor {
  /// The number of elements that the sizes make; nil where that is no number.
  var count: Int? {
    var count = 1
    for size in dims {
      let (product, overflow) = count.multipliedReportingOverflow(by: Int(size))
      guard size >= 0, !overflow else { return nil }
      count = product
    }
    return count
  }

  private var bytesPerElement: Int? {
    switch dataType {
    case .float, .int32: 4
    case .int64, .double: 8
    case .float16, .bfloat16: 2
    default: nil
    }
  }

  private var shape: String { dims.isEmpty ? "a single number" : dims.map(String.init).joined(separator: "×") }

  /// The bytes that the elements take; nil where the sizes make no sense. For types that are not read it is 0.
  var byteCount: Int? {
    guard let count else { return nil }
    let (bytes, overflow) = count.multipliedReportingOverflow(by: bytesPerElement ?? 0)
    return overflow ? nil : bytes
  }

  /// What is wrong with the tensor; nil where its elements are as many as its sizes say, or of a type that is not read.
  var problem: String? {
    guard let count, let bytes = byteCount else { return "its sizes \(shape) make no tensor" }
    guard bytesPerElement != nil else { return nil }
    if !rawData.isEmpty || count == 0 {
      return rawData.count == bytes ? nil : "\(shape) elements need \(bytes) bytes, but it has \(rawData.count)"
    }
    let stored =
      switch dataType {
      case .float: floatData.count
      case .double: doubleData.count
      case .int64: int64Data.count
      default: int32Data.count
      }
    return stored == count ? nil : "\(shape) needs \(count) elements, but it has \(stored)"
  }

  /// The elements as floats; nil for integers and for types that are not read. Doubles are rounded.
  var floats: [Float]? {
    switch dataType {
    case .float: rawData.isEmpty ? floatData : raw(UInt32.self) { Float(bitPattern: $0) }
    case .double: rawData.isEmpty ? doubleData.map { Float($0) } : raw(UInt64.self) { Float(Double(bitPattern: $0)) }
    case .float16: halves.map(SafetensorsFile.float(half:))
    case .bfloat16: halves.map { Float(bitPattern: UInt32($0) << 16) }
    default: nil
    }
  }

  /// The elements as integers; nil for floats.
  var integers: [Int]? {
    switch dataType {
    case .int64: rawData.isEmpty ? int64Data.map { Int($0) } : raw(UInt64.self) { Int(Int64(bitPattern: $0)) }
    case .int32: rawData.isEmpty ? int32Data.map { Int($0) } : raw(UInt32.self) { Int(Int32(bitPattern: $0)) }
    default: nil
    }
  }

  private var halves: [UInt16] {
    rawData.isEmpty ? int32Data.map { UInt16(truncatingIfNeeded: $0) } : raw(UInt16.self) { $0 }
  }

  private func raw<Bits: FixedWidthInteger, Element>(_: Bits.Type, _ value: (Bits) -> Element) -> [Element] {
    unsafe rawData.withUnsafeBytes { bytes in
      stride(from: 0, to: bytes.count, by: MemoryLayout<Bits>.size).map {
        unsafe value(Bits(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: Bits.self)))
      }
    }
  }
}
