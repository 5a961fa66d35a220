import Foundation
import KobaiData
import KobaiFiles
import KobaiKernels
import TestSupport
import Testing

/// Small files in the layout of CIFAR's binary version.
enum CIFARFixture {
  static let names = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]

  /// A record with labels, and pixels that tell images and channels apart.
  static func record(_ labels: [UInt8], _ image: Int) -> [UInt8] {
    labels + (0..<3072).map { UInt8(truncatingIfNeeded: $0 / 1024 * 50 + $0 % 7 + image) }
  }

  static func ten(in folder: TemporaryFolder, _ subfolder: String = "") throws {
    for batch in 1...5 {
      let images = record([UInt8(batch)], 2 * batch) + record([UInt8(2 * batch - 1)], 2 * batch + 1)
      try folder.write(images, to: "\(subfolder)data_batch_\(batch).bin")
    }
    try folder.write(record([3], 0) + record([0], 1), to: "\(subfolder)test_batch.bin")
    try folder.write(Array((names.joined(separator: "\n") + "\n\n").utf8), to: "\(subfolder)batches.meta.txt")
  }

  static func hundred(in folder: TemporaryFolder) throws {
    try folder.write(record([1, 99], 0) + record([19, 7], 1), to: "train.bin")
    try folder.write(record([0, 0], 2), to: "test.bin")
    try folder.write(Array((0..<100).map { "fine \($0)\n" }.joined().utf8), to: "fine_label_names.txt")
    try folder.write(Array((0..<20).map { "coarse \($0)\n" }.joined().utf8), to: "coarse_label_names.txt")
  }
}

@Suite struct CIFARTests {
  private func failure(_ folder: TemporaryFolder) -> String? {
    do {
      _ = try Dataset.load(cifar: folder.path)
      return nil
    } catch { return "\(error)".replacingOccurrences(of: folder.path, with: "DIR") }
  }

  @Test("five batches and a test batch, with the names of the classes", arguments: ["", "cifar-10-batches-bin/"])
  func ten(_ subfolder: String) throws {
    let folder = try TemporaryFolder()
    try CIFARFixture.ten(in: folder, subfolder)
    let data = try Dataset.load(cifar: folder.path)
    #expect(data.train.count == 10 && data.test.count == 2 && data.train.size == 32 && data.train.channels == 3)
    #expect(data.train.labels == [1, 1, 2, 3, 3, 5, 4, 7, 5, 9] && data.test.labels == [3, 0])
    #expect(data.classNames.names == CIFARFixture.names)
    let last = bytes(of: data.train).suffix(3072).map(Int.init)
    #expect(last == (0..<3072).map { $0 / 1024 * 50 + $0 % 7 + 11 }, "red, green and blue")
  }

  @Test func hundred() throws {
    let folder = try TemporaryFolder()
    try CIFARFixture.hundred(in: folder)
    let fine = try Dataset.load(cifar: folder.path)
    #expect(fine.train.labels == [99, 7] && fine.classNames[99] == "fine 99" && fine.test.count == 1)
    let coarse = try Dataset.load(cifar: folder.path, labels: .coarse)
    #expect(coarse.train.labels == [1, 19] && coarse.classNames[19] == "coarse 19")
  }

  @Test func saysWhatIsWrong() throws {
    let folder = try TemporaryFolder()
    #expect(
      failure(folder)
        == "DIR: holds no CIFAR in its binary version: neither data_batch_1.bin, nor train.bin and test.bin")
    try CIFARFixture.ten(in: folder)
    try folder.write(Array(CIFARFixture.record([1], 0).dropLast()), to: "data_batch_3.bin")
    #expect(
      failure(folder) == "DIR/data_batch_3.bin: 3072 bytes are no records of 3073, as CIFAR-10's are; take another copy"
    )
    try folder.write([], to: "data_batch_3.bin")
    #expect(failure(folder) == "DIR/data_batch_3.bin: it holds no images")
    try folder.write(CIFARFixture.record([9], 0) + CIFARFixture.record([10], 0), to: "data_batch_3.bin")
    #expect(failure(folder) == "DIR/data_batch_3.bin: label 10 of image 2; classes go from 0 to 9")
    try FileManager.default.removeItem(atPath: folder / "data_batch_3.bin")
    #expect(failure(folder) == "DIR: holds no data_batch_3.bin of CIFAR-10; unpack the archive again")
    try CIFARFixture.ten(in: folder)
    try folder.write(Array("a\nb\n".utf8), to: "batches.meta.txt")
    #expect(failure(folder) == "DIR/batches.meta.txt: 2 names for 10 classes")
    try FileManager.default.removeItem(atPath: folder / "batches.meta.txt")
    #expect(try Dataset.load(cifar: folder.path).classNames == ClassNames(count: 10))
  }
}

@Suite struct DataKindTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func kind(_ name: String = "") throws -> DataKind {
    try DataKind.recognize(name.isEmpty ? folder.path : folder / name)
  }

  private func failure(_ name: String = "") -> String? {
    do {
      _ = try kind(name)
      return nil
    } catch { return "\(error)".replacingOccurrences(of: folder.path, with: "DIR") }
  }

  @Test func recognizesFolders() throws {
    let digits = try IDXFixture.folder()
    #expect(try DataKind.recognize(digits.path) == .idx)
    try folder.write([1], to: "photos/train/cat/1.JPG")
    #expect(try kind("photos") == .imageFolders && kind("photos/train") == .imageFolders)
    try CIFARFixture.hundred(in: folder)
    #expect(try kind() == .cifar)
    try folder.write(Array("a,b\n1,2\n".utf8), to: "csv/fashion-mnist_train.csv")
    #expect(try kind("csv") == .csv(train: folder / "csv/fashion-mnist_train.csv", test: nil))
    try folder.write(Array("a,b\n1,2\n".utf8), to: "csv/fashion-mnist_test.csv")
    let both = DataKind.csv(train: folder / "csv/fashion-mnist_train.csv", test: folder / "csv/fashion-mnist_test.csv")
    #expect(try kind("csv") == both && both.name == "CSV files to train and to test on")
    try folder.write(Array("a,b\n1,2\n".utf8), to: "two/a.csv")
    try folder.write(Array("a,b\n1,2\n".utf8), to: "two/b.csv")
    #expect(failure("two") == #"DIR/two: holds several tables; name one of "a.csv", "b.csv""#)
    try folder.write([1], to: "flat/1.png")
    #expect(
      failure("flat")
        == "DIR/flat: holds pictures, but no classes; put those of a class into a folder of its name")
    try folder.write([1], to: "python/data_batch_1")
    #expect(
      failure("python")
        == "DIR/python: holds CIFAR as Python pickles; take its binary version, cifar-10-binary.tar.gz")
    try folder.write([1], to: "arrays/x.npy")
    #expect(failure("arrays") == #"DIR/arrays: holds NumPy's files; name one, such as "x.npy""#)
    try folder.write([1], to: "other/x")
    #expect(
      failure("other")
        == "DIR/other: holds no data that is known; it takes IDX files, CIFAR in binary, a folder of pictures for each class, "
        + "CSV, .npz or .npy")
    #expect(
      failure("none")
        == "DIR/none: no such folder; name one that holds train-images-idx3-ubyte and its companions")
    let broken = try IDXFixture.folder()
    try FileManager.default.removeItem(atPath: broken / IDXFixture.names[3])
    let error = #expect(throws: FileError.self) { try DataKind.recognize(broken.path) }
    #expect(error?.reason == "holds no t10k-labels-idx1-ubyte (.gz or plain)")
  }

  @Test func recognizesFiles() throws {
    try NumPyArray([1], shape: [1]).write(to: folder / "a.npy")
    #expect(try kind("a.npy") == .npy)
    try folder.write(ZipFixture.archive([("x.npy", [1, 2, 3])]), to: "a.npz")
    #expect(try kind("a.npz") == .npz)
    try folder.write(Array("5.1,3.5,setosa\n".utf8), to: "iris.data")
    #expect(try kind("iris.data") == .csv(train: folder / "iris.data", test: nil))
    let cases: [([UInt8], String)] = [
      ([], "is empty"),
      (IDXFixture.images(1), "is a file; name the folder that holds the IDX files"),
      (
        Array("PAR1\0\0".utf8),
        "is a Parquet file, which is no data to train on; write it as CSV with pandas: read_parquet, to_csv(index=False)"
      ),
      (
        [0xff, 0xd8, 0xff, 0xe0],
        "is one picture, which is no data to train on; name a folder that has a folder of pictures for each class"
      ),
      (
        [0x89] + Array("HDF\r\n\u{1a}\n".utf8),
        "is an HDF5 file, which is no data to train on; save its arrays with numpy.savez"
      ),
      ([0x80, 4, 0x95, 1], "is a Python pickle, which is no data to train on; save its arrays with numpy.savez"),
      ([0x1f, 0x8b, 8], "is a gzip file, which is no data to train on; unpack it with gunzip"),
      (
        ZipFixture.archive([("xl/workbook.xml", [1])]),
        "is a spreadsheet, which is no data to train on; write the sheet as CSV"
      ),
      (ZipFixture.archive([("a.txt", [1])]), "is a zip archive, which is no data to train on; unpack it with unzip"),
      (
        [UInt8](repeating: 1, count: 257) + Array("ustar".utf8) + [0],
        "is a tar archive, which is no data to train on; unpack it with tar -xf"
      ),
      (Array("{\"a\": 1}".utf8), "is a JSON file, which is no data to train on; write the table as CSV"),
      (
        [1, 2, 0, 4],
        "is no data that is known; it takes IDX files, CIFAR in binary, a folder of pictures for each class, CSV, .npz or .npy"
      ),
    ]
    for (bytes, reason) in cases {
      try folder.write(bytes, to: "x")
      #expect(failure("x") == "DIR/x: \(reason)")
    }
  }
}
