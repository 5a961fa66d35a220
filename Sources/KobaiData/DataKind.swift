import Foundation
import KobaiFiles

/// What kind of data lies at a path, as far as names and first bytes tell.
public enum DataKind: Sendable, Equatable {
  /// MNIST's four files, or those of a set that is laid out like it (`Dataset.load(folder:)`).
  case idx
  /// CIFAR-10 or CIFAR-100 in binary (`Dataset.load(cifar:)`).
  case cifar
  /// Pictures in a folder for each class.
  case imageFolders
  /// A CSV file, or one to train on and one to test on (``Table``, `Dataset.load(csv:test:)`).
  case csv(train: String, test: String?)
  /// Arrays of NumPy in an archive (`Dataset.load(npz:)`, ``NumPyArchive``).
  case npz
  /// An array of NumPy (``NumPyArray``).
  case npy

  /// The kind in a few words.
  public var name: String {
    switch self {
    case .idx: "IDX files"
    case .cifar: "CIFAR in binary"
    case .imageFolders: "pictures in a folder for each class"
    case .csv(_, nil): "a CSV file"
    case .csv: "CSV files to train and to test on"
    case .npz: "a NumPy archive"
    case .npy: "a NumPy array"
    }
  }

  /// Recognises what lies at a path. Nothing is read but names and the beginning of a file.
  ///
  /// - Throws: `FileError` that says what it is instead, and how to convert it.
  public static func recognize(_ path: String) throws(FileError) -> DataKind {
    let kind = try fileStatus(path)?.kind
    if let kind, kind != .folder { return try recognize(file: path) }
    return try recognize(folder: path, exists: kind != nil)
  }

  private static func recognize(folder path: String, exists: Bool) throws(FileError) -> DataKind {
    func files(_ folder: String) throws(FileError) -> [String] { try listFolderIfAny(folder).sorted() }
    if try CIFARFolder(path) != nil { return .cifar }
    let idx: FileError
    do throws(FileError) {
      _ = try IDXFolder(path)
      return .idx
    } catch {
      idx = error
    }
    let names = try exists ? listFolder(path).sorted() : []
    guard exists, !names.contains(where: { $0.contains("-ubyte") }) else { throw idx }

    let tables = names.filter(isTable)
    let tests = tables.filter { $0.lowercased().contains("test") }
    let trains = tables.filter { $0.lowercased().contains("train") }
    if trains.count == 1, tests.count <= 1 {
      return .csv(train: "\(path)/\(trains[0])", test: tests.first.map { "\(path)/\($0)" })
    }
    if tables.count == 1 { return .csv(train: "\(path)/\(tables[0])", test: nil) }
    if tables.count > 1 {
      throw FileError(path: path, reason: "holds several tables; name one of \(tables.map(quoted).listed)")
    }
    let archives = names.filter { $0.hasSuffix(".npz") || $0.hasSuffix(".npy") }
    if let archive = archives.first {
      throw FileError(path: path, reason: "holds NumPy's files; name one, such as \(quoted(archive))")
    }
    // A class's folder lies here, or in folders such as "train" and "test".
    let folders = names.map { "\(path)/\($0)" }
    for folder in folders where try files(folder).contains(where: PictureName.isReadable) { return .imageFolders }
    for folder in folders.prefix(32) {
      for inner in try files(folder).prefix(32)
      where try files("\(folder)/\(inner)").contains(where: PictureName.isReadable) {
        return .imageFolders
      }
    }
    if names.contains("data_batch_1") || names.contains("cifar-10-batches-py") || names.contains("cifar-100-python") {
      throw FileError(
        path: path, reason: "holds CIFAR as Python pickles; take its binary version, cifar-10-binary.tar.gz")
    }
    if names.contains(where: PictureName.isReadable) {
      throw FileError(
        path: path, reason: "holds pictures, but no classes; put those of a class into a folder of its name")
    }
    throw FileError(path: path, reason: "holds no data that is known; \(known)")
  }

  private static func recognize(file path: String) throws(FileError) -> DataKind {
    let start = try readBeginning(path, count: 4096)
    func refusal(_ name: String, _ wayOut: String) -> FileError {
      FileError(path: path, reason: "is \(name), which is no data to train on; \(wayOut)")
    }
    guard !start.isEmpty else { throw FileError(path: path, reason: "is empty") }
    if start.starts(with: "PAR1".utf8) {
      throw refusal("a Parquet file", "write it as CSV with pandas: read_parquet, to_csv(index=False)")
    }
    if start.starts(with: [0x89] + "PNG".utf8) || start.starts(with: [0xff, 0xd8, 0xff]) {
      throw refusal("one picture", "name a folder that has a folder of pictures for each class")
    }
    if start.count > 262, start[257...].starts(with: "ustar".utf8) {
      throw refusal("a tar archive", "unpack it with tar -xf")
    }
    if start.count >= 4, start[0] == 0, start[1] == 0, [0x08, 0x09, 0x0b, 0x0c].contains(start[2]), start[3] < 8 {
      throw FileError(path: path, reason: "is a file; name the folder that holds the IDX files")
    }
    if start.count > 2, start[0] == 0x80, (2...5).contains(start[1]) {
      throw refusal("a Python pickle", "save its arrays with numpy.savez")
    }
    switch FileFormat.recognize(start) {
    case .npy: return .npy
    case .zip, .npz:
      let members = try ZipArchive(path, memoryLimit: 0).members.map(\.name)
      if members.contains(where: { $0.hasSuffix(".npy") }) { return .npz }
      if members.contains("xl/workbook.xml") { throw refusal("a spreadsheet", "write the sheet as CSV") }
      throw refusal("a zip archive", "unpack it with unzip")
    case .hdf5: throw refusal("an HDF5 file", "save its arrays with numpy.savez")
    case .json: throw refusal("a JSON file", "write the table as CSV")
    case .some(let format):
      throw refusal(format.name, format.unpacker.map { "unpack it with \($0)" } ?? known)
    case nil:
      guard !start.contains(0) else { throw FileError(path: path, reason: "is no data that is known; \(known)") }
      return .csv(train: path, test: nil)
    }
  }

  private static let known =
    "it takes IDX files, CIFAR in binary, a folder of pictures for each class, CSV, .npz or .npy"

  private static func isTable(_ name: String) -> Bool {
    [".csv", ".tsv"].contains { name.lowercased().hasSuffix($0) }
  }
}
