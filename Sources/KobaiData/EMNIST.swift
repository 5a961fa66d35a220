import KobaiFiles

/// What is particular about EMNIST (Cohen, Afshar, Tapson, van Schaik, "EMNIST: an extension of MNIST to handwritten
/// letters", 2017): images are stored column by column, the labels of letters begin at 1, and a mapping file says which
/// characters the labels stand for.
enum EMNIST {
  /// Whether a file, or the prefix of a set's files, is named like EMNIST's: "emnist-letters-train-images-idx3-ubyte".
  static func owns(_ name: String) -> Bool { name.lowercased().hasPrefix("emnist-") }

  /// The file beside a set's images that maps labels to characters.
  static func mappingFile(ofPrefix prefix: String) -> String { "\(prefix)mapping.txt" }

  /// The label of the first class, and what the classes are called.
  typealias Mapping = (first: Int, names: ClassNames)

  /// The lines "label code" or "label code code" of a mapping file, where the codes are those of the class's characters, a
  /// capital before a small letter; the first gives the name. Nil where the lines are no such thing.
  static func mapping(_ lines: [String]) throws(ClassNames.Problem) -> Mapping? {
    var names: [Int: String] = [:]
    for line in lines {
      let fields = line.split(whereSeparator: \.isWhitespace).map { UInt32($0) }
      guard fields.count >= 2, !fields.contains(nil), let label = fields[0], let code = fields[1],
        let scalar = Unicode.Scalar(code)
      else { return nil }
      names[Int(label)] = String(Character(scalar))
    }
    guard let first = names.keys.min(), names.keys.max() == first + names.count - 1 else { return nil }
    return (first, try ClassNames(names.sorted { $0.key < $1.key }.map(\.value)))
  }

  /// The same for the sets that EMNIST has, whose mapping files get lost where only the images are unpacked.
  static func mapping(ofPrefix prefix: String) -> Mapping? {
    let (digits, capitals) = (characters("0"..."9"), characters("A"..."Z"))
    let known: (Int, [String])? =
      switch prefix.lowercased() {
      case "emnist-letters-": (1, capitals)
      case "emnist-digits-", "emnist-mnist-": (0, digits)
      case "emnist-byclass-": (0, digits + capitals + characters("a"..."z"))
      // Letters whose capitals look like them are one class.
      case "emnist-bymerge-", "emnist-balanced-": (0, digits + capitals + "abdefghnqrt".map(String.init))
      default: nil
      }
    return known.flatMap { first, names in (try? ClassNames(names)).map { (first, $0) } }
  }

  private static func characters(_ range: ClosedRange<Unicode.Scalar>) -> [String] {
    (range.lowerBound.value...range.upperBound.value).compactMap(Unicode.Scalar.init).map { String(Character($0)) }
  }
}
