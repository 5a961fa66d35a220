import Foundation
import KobaiData
import KobaiFiles
import KobaiKernels
import TestSupport
import Testing

@Suite struct NumPyArchiveTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func npy(_ type: String, _ shape: String, _ body: [UInt8]) -> [UInt8] {
    let header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(shape)), }\n"
    return [0x93] + "NUMPY".utf8 + [1, 0] + UInt16(header.utf8.count).littleEndianBytes + header.utf8 + body
  }

  private var images: [UInt8] { npy("|u1", "3, 2, 2", (0..<12).map { $0 }) }
  private var labels: [UInt8] { npy("<i8", "3,", [2, 0, 1].flatMap { Int64($0).littleEndianBytes }) }

  private func failure(_ bytes: [UInt8]) throws -> String? {
    try folder.write(bytes, to: "a.npz")
    do {
      _ = try Dataset.load(npz: folder / "a.npz")
      return nil
    } catch { return "\(error)".replacingOccurrences(of: folder.path, with: "DIR") }
  }

  @Test("stored and deflated", arguments: [false, true])
  func reads(_ isDeflated: Bool) throws {
    try folder.write(
      ZipFixture.archive(
        [("x_train.npy", images), ("y_train.npy", labels), ("x_test.npy", images), ("y_test.npy", labels)],
        isDeflated: isDeflated), to: "a.npz")
    let archive = try NumPyArchive(contentsOf: folder / "a.npz")
    #expect(archive.names == ["x_train", "y_train", "x_test", "y_test"] && archive.contains("x_test"))
    #expect(try archive.array("y_train").floats == [2, 0, 1])
    let mapped = try NumPyArchive(contentsOf: folder / "a.npz", memoryLimit: 0)
    #expect(try mapped.array("x_test").floats == archive.array("x_test").floats)
    let data = try Dataset.load(npz: folder / "a.npz")
    #expect(data.train.count == 3 && data.train.size == 2 && data.train.labels == [2, 0, 1] && data.classes == 3)
    #expect(bytes(of: data.train)[11] == 11)
  }

  @Test func saysWhatIsWrong() throws {
    let good = [("x_train.npy", images), ("y_train.npy", labels), ("x_test.npy", images), ("y_test.npy", labels)]
    func archive(_ changed: Int, _ bytes: [UInt8], isDeflated: Bool = false) -> [UInt8] {
      var members = good
      members[changed].1 = bytes
      return ZipFixture.archive(members, isDeflated: isDeflated)
    }
    let whole = ZipFixture.archive(good)
    var flipped = whole
    flipped[try #require(whole.indices.first { whole[$0...].starts(with: [0, 1, 2, 3, 4, 5]) }) + 5] = 77
    var method = whole
    let entry = try #require(whole.indices.first { whole[$0...].starts(with: [0x50, 0x4b, 1, 2]) })
    method[entry + 10] = 12
    let zeros = [UInt8](repeating: 0, count: 100_000)
    let bomb = ZipFixture.archive([("x_train.npy", npy("|u1", "4000000000,", zeros))], isDeflated: true)
    let claiming = ZipFixture.archive([("x_train.npy", zeros)], isDeflated: true, claiming: 4_000_000_000)
    let cases: [([UInt8], String)] = [
      (
        Array(whole.dropLast(30)),
        "a.npz: the archive has no directory at its end; the file is truncated, take another copy"
      ),
      ([], "a.npz: the archive has no directory at its end; the file is truncated, take another copy"),
      (
        ZipFixture.archive([("a.txt", [1])]), "a.npz: is a zip archive without NumPy arrays; save them with numpy.savez"
      ),
      (
        ZipFixture.archive([("x.npy", images)]),
        #"a.npz: has no array "x_train", but "x"; save x_train, y_train, x_test and y_test with numpy.savez"#
      ),
      (
        ZipFixture.archive(Array(good.prefix(3))),
        #"a.npz: has no array "y_test"; it has "x_train", "y_train", "x_test""#
      ),
      (flipped, #"a.npz: its member "x_train.npy" does not have its checksum; take another copy"#),
      (
        method,
        #"a.npz: its member "x_train.npy" is packed by method 12; save it with numpy.savez or numpy.savez_compressed"#
      ),
      (bomb, "a.npz, x_train.npy: the header claims 4000000000 numbers of 1 bytes, the file holds 100000 bytes"),
      (
        archive(0, npy("<f4", "3,", [UInt8](repeating: 0, count: 12))),
        "a.npz, x_train.npy: holds float32 of shape (3); images are bytes (uint8) of N×height×width, perhaps with 1 or 3 channels"
      ),
      (
        archive(1, npy("<i2", "2,", [1, 0, 2, 0])),
        "a.npz, y_train.npy: its shape is (2) for the 3 images of DIR/a.npz, x_train.npy"
      ),
      (
        archive(1, npy("<i2", "3,", [1, 0, 44, 1, 0, 0])),
        "a.npz, y_train.npy: label 300.0 of image 2; classes go from 0 to 255"
      ),
      (archive(2, npy("|u1", "0, 2, 2", [])), "a.npz, x_test.npy: its shape is (0×2×2); the first axis counts samples"),
    ]
    for (bytes, reason) in cases { #expect(try failure(bytes) == "DIR/\(reason)") }
    let claim = try #require(try failure(claiming))
    #expect(claim.hasPrefix(#"DIR/a.npz: its member "x_train.npy" claims 4000000000 bytes out of "#))
  }

  @Test(
    "MNIST as Kaggle's CSV and as Keras' mnist.npz is the MNIST of the IDX files",
    .enabled(if: mnistFolder != nil && Interop.python != nil))
  func mnist() throws {
    let mnist = try Dataset.load(folder: mnistFolder ?? "")
    let run = try Interop.run("mnist_files.py", [mnistFolder ?? "", folder.path])
    #expect(run.code == 0, "\(run.errors)")
    #expect(try Dataset.load(npz: folder / "mnist.npz").sha256 == mnist.sha256)
    #expect(try DataKind.recognize(folder.path) == .csv(train: folder / "train.csv", test: folder / "test.csv"))
    let clock = ContinuousClock()
    var tables: Dataset?
    let time = try clock.measure { tables = try Dataset.load(csv: folder / "train.csv", test: folder / "test.csv") }
    #expect(tables?.sha256 == mnist.sha256)
    #expect(time < .seconds(20), "128 MB in \(time)")
  }
}
