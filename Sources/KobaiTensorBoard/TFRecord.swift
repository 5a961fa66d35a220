/// The frame of a record in a TFRecord file: length, checksum of the length, data, checksum of the data, all numbers
/// little endian (https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details).
enum TFRecord {
  static func frame(_ data: [UInt8]) -> [UInt8] {
    let length = bytes(of: UInt64(data.count))
    return length + bytes(of: masked(CRC32C.checksum(length))) + data + bytes(of: masked(CRC32C.checksum(data)))
  }

  /// A checksum of data that contains checksums itself would be weak, so it is masked: rotated by 15 bits, plus a constant.
  private static func masked(_ checksum: UInt32) -> UInt32 {
    (checksum >> 15 | checksum << 17) &+ 0xa282_ead8
  }

  private static func bytes<Number: FixedWidthInteger>(of number: Number) -> [UInt8] {
    (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }
}
