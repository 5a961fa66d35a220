import Foundation
import KobaiData
import KobaiFiles
import KobaiKernels
import TestSupport
import Testing

@Suite struct NumPyTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// A .npy file with any header, and bytes behind it.
  private func npy(_ header: String, _ body: [UInt8], version: UInt8 = 1) -> [UInt8] {
    let length: [UInt8] =
      version == 1
      ? UInt16(header.utf8.count).littleEndianBytes : UInt32(header.utf8.count).littleEndianBytes
    return [0x93] + "NUMPY".utf8 + [version, 0] + length + header.utf8 + body
  }

  private func array(_ header: String, _ body: [UInt8], version: UInt8 = 1) throws -> NumPyArray {
    try folder.write(npy(header, body, version: version), to: "a.npy")
    return try NumPyArray(contentsOf: folder / "a.npy")
  }

  private func failure(_ load: () throws -> Any) -> String? {
    do {
      _ = try load()
      return nil
    } catch { return "\(error)".replacingOccurrences(of: folder.path, with: "DIR") }
  }

  @Test("little and big endian, rows and columns first, versions 1 to 3")
  func layouts() throws {
    let little = try array(
      "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }\n", [1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 255, 255])
    #expect(little.shape == [2, 3] && little.type == .int16 && little.floats == [1, 2, 3, 4, 5, -1])
    let numbers = little.floats
    let big = try array(
      "{'shape':(2,3),'fortran_order':True,\"descr\":'>i2'}", [0, 1, 0, 4, 0, 2, 0, 5, 0, 3, 255, 255], version: 2)
    #expect(big.floats == numbers)
    #expect(try array("{'descr': '|u1', 'fortran_order': False, 'shape': (), }", [9], version: 3).floats == [9])
    #expect(try array("{'descr': '|b1', 'fortran_order': False, 'shape': (3,), }", [0, 1, 1]).floats == [0, 1, 1])
    #expect(try array("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 3), }", []).floats == [])
    let halves = try array(
      "{'descr': '<f2', 'fortran_order': False, 'shape': (4,), }", [0, 0x3c, 0, 0xc0, 1, 0, 0xff, 0x7b])
    #expect(halves.floats == [1, -2, 0x1p-24, 65504])
  }

  @Test("written, and read again")
  func writes() throws {
    let numbers: [Float] = [1, -2.5, 3e-9, 4, 5, 6]
    let path = folder / "w.npy"
    try NumPyArray(numbers, shape: [3, 2]).write(to: path)
    let again = try NumPyArray(contentsOf: path)
    #expect(again.shape == [3, 2] && again.type == .float32 && again.floats == numbers)
    #expect(try readFile(path).count == 128 + 24)
    let turned = try array("{'shape':(2,3),'fortran_order':True,'descr':'>i2'}", [0, 1, 0, 4, 0, 2, 0, 5, 0, 3, 0, 6])
    try turned.write(to: path)
    #expect(try NumPyArray(contentsOf: path).floats == [1, 2, 3, 4, 5, 6])
    try array("{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }", Int64(-7).littleEndianBytes).write(to: path)
    #expect(try NumPyArray(contentsOf: path).type == .int64)
  }

  @Test("samples of arrays, whatever the type of their numbers, in rows or columns first")
  func samples() throws {
    let inputs = try array(
      "{'descr': '<i2', 'fortran_order': True, 'shape': (2, 3), }", [1, 0, 4, 0, 2, 0, 5, 0, 3, 0, 6, 0])
    try folder.write(
      npy(
        "{'descr': '<i8', 'fortran_order': False, 'shape': (2, 1), }",
        Int64(4).littleEndianBytes + Int64(0).littleEndianBytes), to: "c.npy")
    let classes = try NumPyArray(contentsOf: folder / "c.npy")
    let samples = try Samples(inputs: inputs, classes: classes)
    #expect(samples.inputShape == [3] && samples.targetFormat == .classes(5))
    #expect(try Loaded(samples, [1, 0]).inputs == [4, 5, 6, 1, 2, 3] && Loaded(samples).classes == [4, 0])
    let values = try Samples(
      inputs: inputs, targets: NumPyArray([0.5, 1], shape: [2]), weights: NumPyArray([1, 3], shape: [2]))
    #expect(try Loaded(values).values == [0.5, 1] && Loaded(values).weights == [1, 3])
    #expect(try Samples(inputs: inputs).targetFormat == .input)

    #expect(
      failure { try Samples(inputs: inputs, classes: classes, of: 3) }
        == "DIR/c.npy: sample 1 has class 4.0; classes are whole numbers from 0 to 2")
    #expect(
      failure { try Samples(inputs: inputs, classes: NumPyArray([0, 0.5], shape: [2])) }
        == "array: sample 2 has class 0.5; classes are whole numbers from 0 on")
    #expect(
      failure { try Samples(inputs: inputs, targets: NumPyArray([0, 1, 2], shape: [3])) }
        == "array: 3 targets for the 2 samples of DIR/a.npy")
    #expect(
      failure { try Samples(inputs: NumPyArray([0, 1, .nan, 2], shape: [2, 2])) }
        == "array: number 1 of sample 2 is nan; it takes finite numbers")
    #expect(
      failure { try Samples(inputs: NumPyArray([1], shape: [])) }
        == "array: its shape is (1); the first axis counts samples")
  }

  @Test func saysWhatIsWrongWithAnArray() throws {
    let good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }"
    let bytes = [UInt8](repeating: 0, count: 8)
    let cases: [([UInt8], String)] = [
      ([], "is no NumPy array: it does not begin with its magic bytes; save it with numpy.save"),
      (Array("PK\u{3}\u{4}".utf8), "is a zip archive, no NumPy array; save it with numpy.save"),
      (Array(npy(good, []).prefix(9)), "the array's header ends after 9 bytes"),
      (Array(npy(good, []).prefix(40)), "the array's header ends after 40 bytes"),
      (npy(good, bytes, version: 4), "is of version 4 of NumPy's format; versions 1 to 3 are read"),
      (npy(good, Array(bytes.dropLast())), "the header claims 2 numbers of 4 bytes, the file holds 7 bytes"),
      (npy(good, bytes + [0]), "the header claims 2 numbers of 4 bytes, the file holds 9 bytes"),
      (
        npy("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }", bytes),
        "its elements are of type \"|O\"; bool, integers, and floats of 16, 32 and 64 bits are read"
      ),
      (
        npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }", bytes),
        "the array's header does not say descr, fortran_order and shape as NumPy does"
      ),
      (
        npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }", bytes),
        "the array's header does not say descr, fortran_order and shape as NumPy does"
      ),
      (
        npy("{'descr': '<f4', 'fortran_order': False, 'shape': (9999999999, 9999999999), }", bytes),
        "the header claims 9999999999×9999999999 numbers, more than a file holds"
      ),
      (
        [0x93] + "NUMPY".utf8 + [2, 0, 255, 255, 255, 255] + bytes,
        "the array's header claims 4294967295 bytes, more than 65536 are not read"
      ),
    ]
    for (file, reason) in cases {
      try folder.write(file, to: "a.npy")
      #expect(failure { try NumPyArray(contentsOf: folder / "a.npy") } == "DIR/a.npy: \(reason)")
    }
    #expect(failure { try NumPyArray(contentsOf: folder.path) } == "DIR: is a directory")
  }

  @Test("NumPy's own arrays of every type and order, plain and packed archives", .enabled(if: Interop.python != nil))
  func interop() throws {
    let run = try Interop.run("numpy_arrays.py", ["write", folder.path])
    #expect(run.code == 0, "\(run.errors)")
    struct Expected: Decodable {
      let shape: [Int]
      let bits: [UInt32]
    }
    let json = try Data(contentsOf: URL(fileURLWithPath: folder / "expected.json"))
    let expected = try #require(JSONSerialization.jsonObject(with: json) as? [String: Any])
    var read = 0
    for (name, value) in expected where name.contains("-") {
      let wanted = try JSONDecoder().decode(Expected.self, from: JSONSerialization.data(withJSONObject: value))
      let array = try NumPyArray(contentsOf: folder / "\(name).npy", memoryLimit: name.hasSuffix("C") ? 0 : 1 << 30)
      #expect(array.shape == wanted.shape && array.floats.map(\.bitPattern) == wanted.bits, "\(name)")
      #expect(
        try Loaded(Samples(inputs: array), [4, 1]).inputs
          == [24..<30, 6..<12].flatMap { wanted.bits[$0].map { Float(bitPattern: $0) } })
      read += 1
    }
    #expect(read == 48)
    let images = try #require(expected["images"] as? [Int])
    let (plain, packed) = (try Dataset.load(npz: folder / "plain.npz"), try Dataset.load(npz: folder / "packed.npz"))
    #expect(
      plain.sha256 == packed.sha256 && plain.train.labels == [0, 1, 2, 0, 1, 2] && plain.test.labels == [2, 0, 1])
    #expect(
      plain.train.size == Size2D(4, 5) && bytes(of: plain.train).map(Int.init) == images)
    let colours = try Dataset.load(npz: folder / "colours.npz")
    for set in [colours.train, colours.test] {
      #expect(set.channels == 3 && set.size == Size2D(4, 5))
      #expect(bytes(of: set).map(Int.init) == expected["colours"] as? [Int])
    }
    #expect(colours.train.labels == [0, 1] && colours.test.labels == [1, 0])

    try NumPyArray([1.5, -2, 3, 4, 5, 6], shape: [3, 2]).write(to: folder / "kobai.npy")
    let check = try Interop.run("numpy_arrays.py", ["check", folder.path])
    #expect(check.lines == [#"{"type": "<f4", "shape": [3, 2], "numbers": [1.5, -2.0, 3.0, 4.0, 5.0, 6.0]}"#])
  }
}
