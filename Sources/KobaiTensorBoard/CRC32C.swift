/// The checksum CRC-32C (Castagnoli's polynomial; RFC 3720, appendix B.4), byte by byte from a table.
enum CRC32C {
  static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
    ~bytes.reduce(~0) { sum, byte in table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] ^ sum >> 8 }
  }

  /// The remainders of all bytes; bits run from the lowest up, and so the polynomial 0x1edc6f41 stands reversed.
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { remainder, _ in remainder >> 1 ^ (remainder & 1 == 0 ? 0 : 0x82f6_3b78) }
  }
}
