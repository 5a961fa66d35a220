/// Files as MNIST is stored: a magic number and sizes, both 32-bit big-endian, then the elements
/// (Y. LeCun, http://yann.lecun.com/exdb/mnist/).
public enum IDXFile {
  /// Images of the given pixels, one after the other, row by row.
  public static func images(_ count: Int, height: Int, width: Int, _ pixels: [UInt8]) -> [UInt8] {
    header(0x803, [count, height, width]) + pixels
  }

  /// Labels of one byte each.
  public static func labels(_ labels: [UInt8]) -> [UInt8] { header(0x801, [labels.count]) + labels }

  /// A header with any magic number and sizes.
  public static func header(_ magic: Int, _ sizes: [Int]) -> [UInt8] {
    ([magic] + sizes).flatMap { UInt32($0).bigEndianBytes }
  }
}
