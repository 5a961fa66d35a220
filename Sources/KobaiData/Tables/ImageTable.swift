import KobaiFiles
import KobaiKernels

extension ImageSet {
  /// Images in a CSV file, a line each: a column with the class, and one for each pixel, row by row, as whole numbers from 0 to 255.
  /// Kaggle's digits (label, pixel0 … pixel783) and the sets laid out like them are read as they are; the images are squares.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - label: the column with the class, a whole number from 0 to 255; "label" or else the first unless given.
  ///   - format: how the text is laid out; found out unless it is said.
  /// - Throws: `FileError` that names the file, and where it is about a field, its line and column.
  public static func load(
    csv path: String, label: TableColumn? = nil, format: TableFormat = TableFormat()
  ) throws(FileError) -> ImageSet {
    let file = try CSVFile(path, format)
    let labelColumn = try file.index(of: label ?? (file.columns.contains("label") ? "label" : 0))
    let pixels = file.columns.count - 1
    let side = Int(Double(pixels).squareRoot().rounded())
    guard side > 0, side * side == pixels else {
      throw FileError(
        path: path,
        reason: "has \(pixels) columns beside the label, which make no square; read it as a table of numbers")
    }
    var bytes: [UInt8] = []
    var labels: [UInt8] = []
    bytes.reserveCapacity(file.storage.bytes.byteCount / 2)
    var scanner = try file.rows()
    while !scanner.isAtEnd {
      for column in 0...pixels {
        let byte = try nextByte(&scanner, file, isLabel: column == labelColumn)
        if column == labelColumn { labels.append(UInt8(byte.value)) } else { bytes.append(UInt8(byte.value)) }
        guard byte.endsRecord == (column == pixels) else {
          throw file.raggedLine(line: byte.line, fields: column + (byte.endsRecord ? 1 : 2))
        }
      }
    }
    return ImageSet(pixels: bytes, size: Size2D(side), channels: 1, labels: labels.map { .init($0) })
  }

  private static func nextByte(
    _ scanner: inout CSVScanner, _ file: CSVFile, isLabel: Bool
  ) throws(FileError) -> CSVScanner.Digits {
    if let digits = scanner.nextDigits(below: 256) { return digits }
    let field = try scanner.next()
    guard field.column <= file.columns.count else { throw file.raggedLine(field) }
    guard let number = DecimalNumber.float(scanner.bytes(of: field)), let byte = UInt8(exactly: number) else {
      func error(_ reason: String) -> FileError { file.error(field, reason) }
      let text = scanner.text(of: field)
      if MissingValue.isMissing(text) { throw MissingValue.error(text, field, file) }
      if isLabel { throw error("\(quoted(text)) is no class of an image; classes go from 0 to 255") }
      throw error("\(quoted(text)) is no byte of an image, 0 to 255; read it as a table of numbers")
    }
    return CSVScanner.Digits(value: UInt32(byte), endsRecord: field.endsRecord, line: field.line)
  }
}

extension Dataset {
  /// Images in two CSV files as Kaggle's digits are (see ``ImageSet/load(csv:label:format:)``).
  ///
  /// - Parameters:
  ///   - train: the file with the images to train on.
  ///   - test: the file with the images to test with.
  /// - Throws: `FileError` that names the file, and where it is about a field, its line and column.
  public static func load(csv train: String, test: String) throws(FileError) -> Dataset {
    try Dataset(name: train, train: .load(csv: train), test: .load(csv: test), path: train)
  }
}
